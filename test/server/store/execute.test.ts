import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseFault } from "../../../server/store/database-fault.ts";
import { openEventDatabase } from "../../../server/store/event-database.ts";
import type { Executor } from "../../../server/store/execute.ts";
import { readExecutor, writeExecutor } from "../../../server/store/execute.ts";
import type { StoreDatabase } from "../../../server/store/family.ts";
import { defineFamily, prepared } from "../../../server/store/family.ts";
import { Refusal } from "../../../server/store/faults.ts";
import type { MethodCall, MethodKind } from "../../../server/store/protocol.ts";

let folder: string;
let file: string;
let opened: number;
const executors: Executor[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-execute-"));
  file = join(folder, "events.db");
  opened = 0;
  left = undefined;
});
afterEach(() => {
  for (const executor of executors.splice(0)) executor.close();
  rmSync(folder, { recursive: true });
});

/** What the disk does in the middle of a call, and how often it still does. */
let left: { fault: unknown; times: number } | undefined;

function fail(): void {
  if (left === undefined || left.times === 0) return;
  left.times -= 1;
  throw left.fault;
}

function setTo(db: StoreDatabase, position: number): number {
  return db.run(db.build.updateTable("event_counter").set({ last_position: position }));
}

const numbers = defineFamily({
  write: {
    set: (db, position: number) => setTo(db, position),
    setAndRefuse(db, position: number) {
      setTo(db, position);
      throw new Refusal({ code: "odd", message: "It is odd.", field: "position" });
    },
    setAndBreak(db, position: number) {
      setTo(db, position);
      throw new TypeError("a mistake");
    },
    setOnBadDisk(db, position: number) {
      setTo(db, position);
      fail();
    },
    add: prepared(
      (by: string) => Number(by),
      (db, by) => setTo(db, by + 1),
    ),
  },
  read: {
    get: (db) => db.all(db.build.selectFrom("event_counter").select("last_position"))[0]?.last_position,
    tryToWrite: (db) => setTo(db, 99),
  },
  maintain: { compact: (db) => db.compact() },
});

const call = (method: string, args?: unknown, kind: MethodKind = "write"): MethodCall => ({
  kind,
  family: "numbers",
  method,
  args,
});

function made(make: typeof writeExecutor, readonly: boolean): Executor {
  const executor = make(
    (create) => {
      opened += 1;
      return openEventDatabase({ file, readonly, create });
    },
    { numbers },
  );
  executors.push(executor);
  return executor;
}
function writer(): Executor {
  const executor = made(writeExecutor, false);
  expect(executor.open()).toEqual({ kind: "done", value: undefined });
  return executor;
}
function current(): unknown {
  const [outcome] = made(readExecutor, true).execute([call("get", undefined, "read")]);
  return outcome?.kind === "done" ? outcome.value : outcome;
}

describe("writes that share a transaction", () => {
  it("are all on disk when they are answered", () => {
    expect(writer().execute([call("set", 3), call("set", 4)])).toEqual([
      { kind: "done", value: 1 },
      { kind: "done", value: 1 },
    ]);
    expect(current()).toBe(4);
  });

  it("are undone alone where one is refused or has a mistake in it", () => {
    const outcomes = writer().execute([call("set", 3), call("setAndRefuse", 4), call("setAndBreak", 5)]);
    expect(outcomes).toEqual([
      { kind: "done", value: 1 },
      { kind: "refused", code: "odd", message: "It is odd.", field: "position" },
      { kind: "failed", error: new TypeError("a mistake") },
    ]);
    expect(current()).toBe(3);
  });

  it("that the program does not know fail alone", () => {
    const [set, unknown] = writer().execute([call("set", 3), call("vanish")]);
    expect(set?.kind).toBe("done");
    expect(unknown).toMatchObject({ kind: "failed" });
    expect(current()).toBe(3);
  });

  it("run the part of a prepared method that is theirs", () => {
    writer().execute([call("add", 6)]);
    expect(current()).toBe(7);
  });

  it("all fail where the disk is full, and none of them is kept", () => {
    left = { fault: new DatabaseFault("full", "the disk is full", undefined), times: 1 };
    const outcomes = writer().execute([call("set", 3), call("setOnBadDisk", 4), call("set", 5)]);
    expect(outcomes).toEqual(Array(3).fill({ kind: "unavailable", code: "full", detail: "the disk is full" }));
    expect(current()).toBe(0);
  });

  it("are tried alone where one meets a damaged page, so that it keeps nobody else from writing", () => {
    left = { fault: new DatabaseFault("corrupt", "damaged", undefined), times: 2 };
    const outcomes = writer().execute([call("set", 3), call("setOnBadDisk", 4), call("set", 5)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "unavailable", "done"]);
    expect(current()).toBe(5);
  });
});

describe("the database", () => {
  it("is opened again after a fault, and not because it is locked", () => {
    const executor = writer();
    left = { fault: new DatabaseFault("locked", "held", undefined), times: 1 };
    expect(executor.execute([call("setOnBadDisk", 1)])[0]).toMatchObject({ kind: "unavailable", code: "locked" });
    executor.execute([call("set", 2)]);
    expect(opened).toBe(1);
    left = { fault: new DatabaseFault("disk", "an error", undefined), times: 1 };
    expect(executor.execute([call("setOnBadDisk", 3)])[0]).toMatchObject({ kind: "unavailable", code: "disk" });
    expect(executor.execute([call("set", 4)])[0]).toMatchObject({ kind: "done" });
    expect(opened).toBe(2);
    expect(current()).toBe(4);
  });

  it("that was moved away is not written where nobody finds it, nor made anew; it is used once it is back", () => {
    const executor = writer();
    executor.execute([call("set", 3)]);
    renameSync(file, `${file}.away`);
    const told = { kind: "unavailable", code: "missing", detail: expect.stringContaining("it is not there") };
    expect(executor.execute([call("set", 4), call("set", 5)])).toEqual([told, told]);
    expect(made(readExecutor, true).execute([call("get", undefined, "read")])).toEqual([told]);
    renameSync(`${file}.away`, file);
    expect(executor.execute([call("set", 6)])[0]?.kind).toBe("done");
    expect(current()).toBe(6);
  });

  it("cannot be written by what only reads", () => {
    writer();
    const [outcome] = made(readExecutor, true).execute([call("tryToWrite", undefined, "read")]);
    expect(outcome).toMatchObject({ kind: "unavailable", code: "read-only" });
    expect(current()).toBe(0);
  });

  it("is compacted outside of any transaction", () => {
    const executor = writer();
    executor.execute([call("set", 3)]);
    expect(executor.execute([call("compact", undefined, "maintain")])).toEqual([{ kind: "done", value: undefined }]);
    expect(current()).toBe(3);
  });
});
