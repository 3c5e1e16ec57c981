import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../server/errors.ts";
import type { AnswerCache, StoredAnswer } from "../../../server/store/cache.ts";
import { openCache } from "../../../server/store/cache.ts";
import { openDatabase } from "../../../server/store/database.ts";

let folder: string;
let file: string;
const open: AnswerCache[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-cache-"));
  file = join(folder, "data", "cache.db");
});
afterEach(() => {
  for (const cache of open.splice(0)) cache.close();
  rmSync(folder, { recursive: true });
});

function cacheAt(path = file): AnswerCache {
  const cache = openCache({ file: path, now: () => new Date("2026-01-31T09:05:00.123Z") });
  open.push(cache);
  return cache;
}

/** Migrations of one statement each, numbered from 1. */
const steps = (...sql: string[]) => sql.map((statement, n) => ({ number: n + 1, sql: statement }));

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

const from = { model: "anthropic:claude-opus-5", exampleId: "a".repeat(64) };
const usage = { inputTokens: 10, outputTokens: 3, cacheReadTokens: 2, cacheWriteTokens: 1 };
const answer = (raw: string): StoredAnswer => ({ raw, usage, stopReason: "end" });
const bought = (key: string, raw: string) => ({ key, sample: 0, answer: answer(raw), latencyMs: 12.4 });

describe("the cache of answers", () => {
  it("gives back what was stored, also after it was closed and opened again", async () => {
    const first = cacheAt();
    await first.storeAnswers([bought("k1", "let α = '𝒳';\n")], from);
    first.close();
    const entries = await cacheAt().lookup(["k1", "k2"], from.exampleId);
    expect(entries.get("k1")).toEqual({ answer: answer("let α = '𝒳';\n"), attempts: [] });
    expect(entries.get("k2")).toEqual({ answer: undefined, attempts: [] });
  });

  it("says how long requests took, and what is there, without noting who asked", async () => {
    const cache = cacheAt();
    expect(await cache.meanLatencyMs(from.model)).toBeUndefined();
    await cache.storeAnswers([{ ...bought("k1", "a"), latencyMs: 100 }], from);
    await cache.storeAnswers([{ ...bought("k2", "b"), latencyMs: 300 }], from);
    await cache.storeAnswers([{ ...bought("k3", "c"), latencyMs: 9_000 }], { ...from, model: "another" });
    expect(await cache.meanLatencyMs(from.model)).toBe(200);
    expect((await cache.peek(["k1", "k9"])).get("k1")?.answer?.raw).toBe("a");
  });

  it("keeps the first answer where two processes bought one, and tells the second which it is", async () => {
    const [one, other] = [cacheAt(), cacheAt()];
    await one.storeAnswers([bought("k", "first")], from);
    const stored = await other.storeAnswers([bought("k", "second")], from);
    expect(stored.get("k")?.raw).toBe("first");
  });

  it("turns an answer that is none into an attempt with its text, and back where it can be read after all", async () => {
    const cache = cacheAt();
    await cache.storeAnswers([bought("k", "no markers")], from);
    await cache.demote("k", "unparsable");
    await cache.demote("k", "unparsable");
    expect((await cache.lookup(["k"], from.exampleId)).get("k")).toEqual({
      answer: undefined,
      attempts: [{ attempt: 1, error: "unparsable", answer: answer("no markers") }],
    });
    await cache.storeAnswers([bought("k", "")], from);
    await cache.demote("k", "empty");
    await cache.promote("k", 1);
    expect((await cache.lookup(["k"], from.exampleId)).get("k")).toEqual({
      answer: answer("no markers"),
      attempts: [{ attempt: 2, error: "empty", answer: answer("") }],
    });
  });

  it("counts failures for which nothing came, and never takes one for an answer", async () => {
    const cache = cacheAt();
    await cache.storeFaults([{ key: "k", sample: 0, error: "overloaded", latencyMs: 3 }], from);
    await cache.storeFaults([{ key: "k", sample: 0, error: "timeout", latencyMs: 3 }], from);
    await cache.promote("k", 1);
    expect((await cache.lookup(["k"], from.exampleId)).get("k")).toEqual({
      answer: undefined,
      attempts: [
        { attempt: 1, error: "overloaded", answer: undefined },
        { attempt: 2, error: "timeout", answer: undefined },
      ],
    });
  });

  it("knows every example that an answer was bought for or used for", async () => {
    const cache = cacheAt();
    await cache.storeAnswers([bought("k", "text")], from);
    await cache.lookup(["k", "unknown"], "b".repeat(64));
    await cache.lookup(["k"], "b".repeat(64));
    cache.close();
    const db = openDatabase<{ key_examples: { example_id: string; key: string } }>({
      file,
      holds: "the cache",
      applicationId: 0x53_50_63_61,
      migrations: steps("", ""),
      remedy: "",
    });
    const rows = db.all(db.build.selectFrom("key_examples").selectAll().orderBy("example_id"));
    db.close();
    expect(rows).toEqual([
      { example_id: "a".repeat(64), key: "k" },
      { example_id: "b".repeat(64), key: "k" },
    ]);
  });
});

describe("a cache file that is not as it should be", () => {
  it("damaged: says so, names the file and what to do, and leaves it as it is", () => {
    cacheAt().close();
    writeFileSync(file, "this is no database, however long it may be".repeat(100));
    const sentence = refusal(() => cacheAt());
    expect(sentence).toContain(file);
    expect(sentence).toContain("damaged");
    expect(sentence).toContain("Move it away");
    expect(readFileSync(file, "utf8")).toContain("this is no database");
  });

  it("damaged inside: says so when the broken page is read", async () => {
    const cache = cacheAt();
    for (let i = 0; i < 50; i++) await cache.storeAnswers([bought(`k${i}`, "x".repeat(3_000))], from);
    cache.close();
    const bytes = readFileSync(file);
    // Everything behind the page that holds the schema.
    bytes.fill(0xff, 4_096);
    writeFileSync(file, bytes);
    await expect(async () => {
      await cacheAt().lookup(["k1"], from.exampleId);
    }).rejects.toThrow(/damaged/u);
  });

  it("of a newer version: asks for the newer Stillpoint", () => {
    cacheAt().close();
    const later = openDatabase({
      file,
      holds: "",
      applicationId: 0x53_50_63_61,
      migrations: steps("", "", ""),
      remedy: "",
    });
    later.close();
    expect(refusal(() => cacheAt())).toMatch(
      /version 3, written by a newer Stillpoint; this one reads up to version 2/u,
    );
  });

  it("of another program: refuses to write into it", () => {
    mkdirSync(join(folder, "data"));
    const foreign = openDatabase({
      file,
      holds: "",
      applicationId: 1,
      migrations: steps("CREATE TABLE t (x)"),
      remedy: "",
    });
    foreign.close();
    expect(refusal(() => cacheAt())).toContain("another program");
  });

  it("where its folder cannot be: names it", () => {
    writeFileSync(join(folder, "data"), "a file");
    expect(refusal(() => cacheAt())).toContain("cannot be opened");
  });

  it("on a full disk: names the file, and keeps what was committed", () => {
    const db = openDatabase<{ t: { x: string } }>({
      file,
      holds: "a test",
      applicationId: 7,
      // A bound on pages is to SQLite what a full disk is: SQLITE_FULL.
      migrations: steps("CREATE TABLE t (x TEXT) STRICT; PRAGMA max_page_count = 20;"),
      remedy: "",
    });
    db.run(db.build.insertInto("t").values({ x: "first" }));
    const sentence = refusal(() => db.run(db.build.insertInto("t").values({ x: "x".repeat(1_000_000) })));
    expect(sentence).toContain("the disk is full");
    expect(sentence).toContain(file);
    expect(db.all(db.build.selectFrom("t").selectAll())).toEqual([{ x: "first" }]);
    db.close();
  });
});

describe("migrations", () => {
  it("lead an old file forward and keep what it holds", () => {
    const options = { file, holds: "a test", applicationId: 7, remedy: "" };
    const old = openDatabase<{ t: { x: string } }>({ ...options, migrations: steps("CREATE TABLE t (x TEXT) STRICT") });
    old.run(old.build.insertInto("t").values({ x: "kept" }));
    old.close();
    const migrations = steps("CREATE TABLE t (x TEXT) STRICT", "ALTER TABLE t ADD COLUMN y TEXT DEFAULT 'new'");
    const current = openDatabase<{ t: { x: string; y: string } }>({ ...options, migrations });
    expect(current.all(current.build.selectFrom("t").selectAll())).toEqual([{ x: "kept", y: "new" }]);
    current.close();
  });

  it("that fail half-way leave the file in the version before", () => {
    const options = { file, holds: "a test", applicationId: 7, remedy: "" };
    openDatabase({ ...options, migrations: steps("CREATE TABLE t (x TEXT) STRICT") }).close();
    const broken = ["CREATE TABLE t (x TEXT) STRICT", "CREATE TABLE u (x TEXT) STRICT; CREATE TABLE t (x TEXT)"];
    expect(() => openDatabase({ ...options, migrations: steps(...broken) })).toThrow();
    const db = openDatabase<{ sqlite_schema: { name: string } }>({
      ...options,
      migrations: steps(broken[0] as string),
    });
    expect(db.all(db.build.selectFrom("sqlite_schema").select("name"))).toEqual([{ name: "t" }]);
    db.close();
  });
});
