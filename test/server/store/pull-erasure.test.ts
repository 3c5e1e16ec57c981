import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEventDatabase } from "../../../server/store/event-database.ts";
import { pull, pullErasure } from "../../../server/store/families/pull.ts";
import type { StoreDatabase } from "../../../server/store/family.ts";
import { receivedAt } from "./support.ts";

let folder: string;
let db: StoreDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-positions-"));
  db = openEventDatabase({ file: join(folder, "events.db"), readonly: false, create: true });
  for (const [name, contributors] of Object.entries({
    all: [],
    ada: ["contributor-1"],
    both: ["a", "contributor-1"],
  })) {
    const choice = JSON.stringify({ contributors, languages: [], repos: [] });
    pull.write.move(db, { name, choice, from: 0, to: 7, at: receivedAt });
  }
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true, force: true });
});

const left = () => ["all", "ada", "both"].filter((name) => pull.read.position(db, { name }) !== undefined);

it("forgetting a person takes away the positions that name them, in portions", () => {
  const person = { deletion: "d", contributor: "contributor-1", before: null };
  expect([1, 2, 3].map(() => pullErasure.erase(db, person, 1))).toEqual([1, 1, 0]);
  expect(left()).toEqual(["all"]);
});

it("who only deletes what was, and contributes on, is still pulled from where the consumer stood", () => {
  expect(pullErasure.erase(db, { deletion: "d", contributor: "contributor-1", before: receivedAt }, 10)).toBe(0);
  expect(left()).toEqual(["all", "ada", "both"]);
});

it("a position that was moved meanwhile is not moved from where it is no longer", () => {
  const step = { name: "all", choice: "", from: 0, at: receivedAt };
  expect(() => pull.write.move(db, { ...step, to: 9 })).toThrow("was moved by another pull meanwhile");
  expect(pull.read.position(db, { name: "all" })?.position).toBe(7);
});
