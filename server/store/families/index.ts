/** All families, by the names under which the store offers them. */
import { events } from "./events.ts";

export const families = { events };
export type Families = typeof families;
