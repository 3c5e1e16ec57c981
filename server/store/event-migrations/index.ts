/**
 * How the tables of `events.db` came to be: one file for each step. A database is asked for the highest number that it has
 * seen, so a new step goes to the end, with a number above all others, whatever part it belongs to.
 */
import type { Migration } from "../migrations.ts";
import { events } from "./001-events.ts";
import { identities } from "./010-identities.ts";
import { runs } from "./030-runs.ts";
import { statistics } from "./031-statistics.ts";
import { pull } from "./040-pull.ts";
import { verdicts } from "./041-verdicts.ts";
import { deletion } from "./050-deletion.ts";
import { review } from "./060-review.ts";

export const eventMigrations: readonly Migration[] = [
  { number: 1, sql: events },
  { number: 10, sql: identities },
  { number: 30, sql: runs },
  { number: 31, sql: statistics },
  { number: 40, sql: pull },
  { number: 41, sql: verdicts },
  { number: 50, sql: deletion },
  { number: 60, sql: review },
];
