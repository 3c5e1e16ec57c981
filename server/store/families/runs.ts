/** Runs that were asked for over HTTP. Where a run stands otherwise is in its folder, whoever executes it. */
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";
import type { Actor } from "./audit.ts";
import { recordAct } from "./audit.ts";

/** The last four do not change again. */
export type AskedRunState = "queued" | "running" | "done" | "failed" | "cancelled" | "interrupted";

export interface RunTables {
  runs: {
    name: string;
    number: number;
    state: AskedRunState;
    task: string;
    seed: number | null;
    concurrency: number | null;
    queued_at: string;
    started_at: string | null;
    ended_at: string | null;
    pid: number | null;
    cancel_asked: number;
    exit_code: number | null;
    sentence: string | null;
  };
}

/** The newest that was asked for under a name. */
export interface AskedRun {
  readonly name: string;
  readonly number: number;
  readonly state: AskedRunState;
  readonly queuedAt: string;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly pid?: number | undefined;
  readonly cancelAsked: boolean;
  readonly exitCode?: number | undefined;
  readonly sentence?: string | undefined;
}

/** With what is needed to execute it. */
export interface WaitingRun extends AskedRun {
  /** JSON. */
  readonly task: string;
  readonly seed?: number | undefined;
  readonly concurrency?: number | undefined;
}

export interface SubmitArgs {
  readonly name: string;
  readonly task: string;
  readonly seed?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly actor: Actor;
}

interface BeginArgs {
  readonly name: string;
  readonly number: number;
  readonly at: string;
  readonly pid: number;
}

export interface EndArgs {
  readonly name: string;
  /** What was asked for under the name since is not touched. */
  readonly number: number;
  readonly at: string;
  readonly state: Exclude<AskedRunState, "queued" | "running">;
  readonly exitCode?: number | undefined;
  readonly sentence?: string | undefined;
}

function toRun(row: RunTables["runs"]): WaitingRun {
  return {
    name: row.name,
    number: row.number,
    state: row.state,
    task: row.task,
    seed: row.seed ?? undefined,
    concurrency: row.concurrency ?? undefined,
    queuedAt: row.queued_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    pid: row.pid ?? undefined,
    cancelAsked: row.cancel_asked !== 0,
    exitCode: row.exit_code ?? undefined,
    sentence: row.sentence ?? undefined,
  };
}

function find(db: StoreDatabase, name: string): WaitingRun | undefined {
  const [row] = db.all(db.build.selectFrom("runs").selectAll().where("name", "=", name));
  return row && toRun(row);
}

function isActive(run: AskedRun | undefined): boolean {
  return run?.state === "queued" || run?.state === "running";
}

export const runs = defineFamily({
  write: {
    /** Queues it behind all others, in place of an earlier one of its name. @throws Refusal `run-active` */
    submit(db, { name, task, seed, concurrency, actor }: SubmitArgs): AskedRun {
      if (isActive(find(db, name))) {
        throw new Refusal({
          code: "run-active",
          message: "A run of this name is queued or under way. Wait for it, cancel it, or give the task another name.",
          field: "task.name",
        });
      }
      const [last] = db.all(db.build.selectFrom("runs").select((get) => get.fn.max("number").as("number")));
      const row: RunTables["runs"] = {
        name,
        number: (last?.number ?? 0) + 1,
        state: "queued",
        task,
        seed: seed ?? null,
        concurrency: concurrency ?? null,
        queued_at: actor.at,
        started_at: null,
        ended_at: null,
        pid: null,
        cancel_asked: 0,
        exit_code: null,
        sentence: null,
      };
      db.run(
        db.build
          .insertInto("runs")
          .values(row)
          .onConflict((conflict) => conflict.column("name").doUpdateSet(row)),
      );
      recordAct(db, { ...actor, act: "run.start", subject: name });
      return toRun(row);
    },

    /** A process executes it. @returns false where it was cancelled meanwhile */
    begin(db, { name, number, at, pid }: BeginArgs): boolean {
      const run = find(db, name);
      if (!isActive(run) || run?.number !== number) return false;
      db.run(
        db.build
          .updateTable("runs")
          .set({ state: "running", started_at: run.startedAt ?? at, pid })
          .where("name", "=", name),
      );
      return !run.cancelAsked;
    },

    /** One that is queued has ended with that; one under way is yet to be told. @throws Refusal `unknown-run`, `run-ended` */
    cancel(db, { name, actor }: { readonly name: string; readonly actor: Actor }): AskedRun {
      const run = find(db, name);
      if (run === undefined) {
        throw new Refusal({
          code: "unknown-run",
          message: "No run of this name was started over HTTP.",
          field: "name",
        });
      }
      if (!isActive(run))
        throw new Refusal({ code: "run-ended", message: "The run has ended already.", field: "name" });
      const ended = run.state === "queued" ? { state: "cancelled" as const, ended_at: actor.at } : {};
      db.run(
        db.build
          .updateTable("runs")
          .set({ ...ended, cancel_asked: 1 })
          .where("name", "=", name),
      );
      if (!run.cancelAsked) recordAct(db, { ...actor, act: "run.cancel", subject: name });
      return find(db, name) ?? run;
    },

    end(db, { name, number, at, state, exitCode = undefined, sentence = undefined }: EndArgs): void {
      db.run(
        db.build
          .updateTable("runs")
          .set({ state, ended_at: at, pid: null, exit_code: exitCode ?? null, sentence: sentence ?? null })
          .where("name", "=", name)
          .where("number", "=", number),
      );
    },

    /** Ends all that are queued or under way. @returns their names, in the order in which they were asked for */
    interruptAll(db, { at, sentence }: { readonly at: string; readonly sentence: string }): string[] {
      const active = ["queued", "running"] as const;
      const names = db.all(db.build.selectFrom("runs").select("name").where("state", "in", active).orderBy("number"));
      db.run(
        db.build
          .updateTable("runs")
          .set({ state: "interrupted", ended_at: at, pid: null, sentence })
          .where("state", "in", active),
      );
      return names.map(({ name }) => name);
    },
  },
  read: {
    find: (db, { name }: { readonly name: string }): AskedRun | undefined => {
      const found = find(db, name);
      if (found === undefined) return undefined;
      const { task: _task, ...run } = found;
      return run;
    },

    /** In the order in which they were asked for. */
    list(db): AskedRun[] {
      const columns = [
        "name",
        "number",
        "state",
        "queued_at",
        "started_at",
        "ended_at",
        "pid",
        "cancel_asked",
        "exit_code",
        "sentence",
      ] as const;
      return db
        .all(db.build.selectFrom("runs").select(columns).orderBy("number"))
        .map((row) => toRun({ ...row, task: "", seed: null, concurrency: null }))
        .map(({ task: _task, ...run }) => run);
    },

    /** The first that waits or is under way; undefined where there is nothing to do. */
    next(db): WaitingRun | undefined {
      const [row] = db.all(
        db.build.selectFrom("runs").selectAll().where("state", "in", ["queued", "running"]).orderBy("number").limit(1),
      );
      return row && toRun(row);
    },
  },
});
