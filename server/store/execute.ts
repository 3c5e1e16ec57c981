/** What a worker does with calls: runs them on its database, and opens that again after a fault. */
import { Failure } from "../errors.ts";
import { DatabaseFault } from "./database-fault.ts";
import type { Family, StoreDatabase } from "./family.ts";
import { Refusal } from "./faults.ts";
import type { MethodCall, Outcome } from "./protocol.ts";

export type FamiliesByName = Readonly<Record<string, Family>>;

/** @param create whether to make the file where there is none */
export type Open = (create: boolean) => StoreDatabase;

export interface Executor {
  /** Makes the file where there is none; later on it has to be there. */
  open(): Outcome;
  /** @returns an outcome a call, in their order */
  execute(calls: readonly MethodCall[]): Outcome[];
  close(): void;
}

/** Runs all calls in one transaction, each undone alone where it is refused. Outcomes are durable when this returns. */
export function writeExecutor(open: Open, families: FamiliesByName): Executor {
  const connection = reopening(open);
  const methodOf = methodsOf(families);

  function together(calls: readonly MethodCall[]): Outcome[] {
    return connection.use((db) =>
      db.transaction(() =>
        calls.map((call) => {
          try {
            return done(db.transaction(() => methodOf(call)(db, call.args)));
          } catch (error) {
            // What the disk refuses it refuses to the whole transaction, which it may have ended already.
            if (error instanceof DatabaseFault || !db.inTransaction) throw error;
            return outcomeOf(error);
          }
        }),
      ),
    );
  }

  return {
    open: connection.open,
    execute(calls) {
      try {
        const [first] = calls;
        if (first?.kind === "maintain") return [done(connection.use((db) => methodOf(first)(db, first.args)))];
        return together(calls);
      } catch (error) {
        const fault = outcomeOf(error);
        if (calls.length === 1 || !concernsOneCall(fault)) return calls.map(() => fault);
        // One of them met a damaged page: the others need not.
        return calls.flatMap((call) => {
          try {
            return together([call]);
          } catch (alone) {
            return [outcomeOf(alone)];
          }
        });
      }
    },
    close: connection.close,
  };
}

/** Runs each call on one state of the database. */
export function readExecutor(open: Open, families: FamiliesByName): Executor {
  const connection = reopening(open);
  const methodOf = methodsOf(families);
  return {
    open: connection.open,
    execute: (calls) =>
      calls.map((call) => {
        try {
          return connection.use((db) => done(db.snapshot(() => methodOf(call)(db, call.args))));
        } catch (error) {
          return outcomeOf(error);
        }
      }),
    close: connection.close,
  };
}

interface Connection {
  open(): Outcome;
  use<Result>(work: (db: StoreDatabase) => Result): Result;
  close(): void;
}

/** Opens where it is not open, and closes after a fault: what a connection remembers of a file may be wrong by then. */
function reopening(open: Open): Connection {
  let db: StoreDatabase | undefined;
  function close(): void {
    const closing = db;
    db = undefined;
    closing?.close();
  }
  return {
    open() {
      try {
        db ??= open(true);
        return done(undefined);
      } catch (error) {
        return outcomeOf(error);
      }
    },
    use(work) {
      if (db?.isInPlace() === false) close();
      db ??= open(false);
      try {
        return work(db);
      } catch (error) {
        if (error instanceof DatabaseFault && error.kind !== "locked") close();
        throw error;
      }
    },
    close,
  };
}

function methodsOf(families: FamiliesByName) {
  return ({ kind, family, method }: MethodCall): ((db: StoreDatabase, args: unknown) => unknown) => {
    const found = families[family]?.[kind]?.[method];
    if (found === undefined) throw new TypeError(`the store has no ${family}.${method} of the kind ${kind}`);
    return typeof found === "function" ? found : found.run;
  };
}

function done(value: unknown): Outcome {
  return { kind: "done", value };
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Refusal) {
    return { kind: "refused", code: error.code, message: error.message, field: error.field };
  }
  if (error instanceof DatabaseFault) return { kind: "unavailable", code: error.kind, detail: error.message };
  // A database that is not ours, or newer: it came while we were running, for at the start it is refused.
  if (error instanceof Failure) return { kind: "unavailable", code: "missing", detail: error.message };
  return { kind: "failed", error };
}

function concernsOneCall(outcome: Outcome): boolean {
  return outcome.kind === "failed" || (outcome.kind === "unavailable" && outcome.code === "corrupt");
}
