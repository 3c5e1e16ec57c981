/** `events.db`, as each thread of the store opens it. */
import { openDatabase } from "./database.ts";
import { eventMigrations } from "./event-migrations/index.ts";
import type { StoreDatabase } from "./family.ts";
import type { StoreTables } from "./tables.ts";

/** "SPev" in ASCII. */
export const eventsApplicationId = 0x53_50_65_76;

/**
 * An event's row has about 1.5 KB, of which 4,096 bytes hold two and waste a quarter: with twice as many the file was
 * 17% smaller, and batches of 100 took a fifth less of the processor.
 */
const pageBytes = 8_192;

export interface EventDatabaseOptions {
  readonly file: string;
  readonly readonly: boolean;
  /** Makes the file where there is none: at the start, and never again while we run. */
  readonly create: boolean;
}

/** @throws DatabaseFault, or Failure where the file is another program's or a newer version's */
export function openEventDatabase({ file, readonly, create }: EventDatabaseOptions): StoreDatabase {
  return openDatabase<StoreTables>({
    file,
    holds: "the events of all contributors",
    applicationId: eventsApplicationId,
    migrations: eventMigrations,
    remedy: "Restore a backup (stillpoint restore), or ask stillpoint doctor what can be read.",
    busyTimeoutMs: 0,
    pageBytes,
    readonly,
    mustExist: !create,
  });
}
