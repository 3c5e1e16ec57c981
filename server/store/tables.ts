/** The tables of `events.db`: each family says its own, and every method may use all. */
import type { EventTables } from "./families/events.ts";

export interface StoreTables extends EventTables {}
