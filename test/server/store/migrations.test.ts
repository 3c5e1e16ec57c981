/** A database of any earlier version is brought to the tables of a new one, with what it holds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../../server/store/database.ts";
import { eventMigrations } from "../../../server/store/event-migrations/index.ts";
import type { Migration } from "../../../server/store/migrations.ts";
import { cacheMigrations } from "../../../server/store/migrations.ts";
import { openStore } from "../../../server/store/store.ts";
import { receivedAt, recordingLog, smallEvent } from "./support.ts";

/** In the order in which they were added. A line is only ever added here, at the end, and with it a higher number. */
const added = { events: [1, 10, 30, 31, 40, 41, 50, 60], cache: [1, 2] };

const numbersOf = (migrations: readonly Migration[]) => migrations.map(({ number }) => number);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "stillpoint-migrations-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function schemaOf(file: string): unknown[] {
  const sqlite = new Sqlite(file, { readonly: true });
  const rows = sqlite.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all();
  sqlite.close();
  return rows;
}

async function migratedFrom(version: number, known: readonly Migration[] = eventMigrations) {
  const dataDir = folder();
  const file = join(dataDir, "events.db");
  openDatabase({
    file,
    holds: "the events of all contributors",
    applicationId: 0x53_50_65_76,
    migrations: known.filter(({ number }) => number <= version),
    remedy: "",
  }).close();
  const store = await openStore({ dataDir, log: recordingLog() });
  const stored = await store.events.append({ contributor: "contributor-1", receivedAt, events: [smallEvent(1)] });
  await store.close();
  return { schema: schemaOf(file), stored };
}

describe("migrations", () => {
  it("are the released ones in their order, so that no database misses one that was put before others", () => {
    expect(numbersOf(eventMigrations)).toEqual(added.events);
    expect(numbersOf(cacheMigrations)).toEqual(added.cache);
    for (const numbers of Object.values(added)) expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it("bring a database of each earlier version to the tables of a new one", async () => {
    const fresh = await migratedFrom(0);
    expect(fresh.stored).toMatchObject([{ status: "stored" }]);
    for (const { number } of eventMigrations) expect(await migratedFrom(number)).toEqual(fresh);
  });

  it("bring one forward that had the review queue's tables under another number", async () => {
    const early = eventMigrations
      .filter(({ number }) => number !== 60)
      .flatMap((each) => {
        const review = eventMigrations.find(({ number }) => number === 60);
        return each.number === 10 && review ? [each, { ...review, number: 20 }] : [each];
      });
    expect(await migratedFrom(50, early)).toEqual(await migratedFrom(0));
  });
});
