/** What happens in a run, as it happens: read from the run's folder, so that it is the same whoever executes it. */
import { join } from "node:path";
import type { Json } from "../../shared/canonical-json.ts";
import type { Run, RunEventName, RunSummary } from "../../shared/wire/runs.ts";
import type { WaitingClock } from "../clock.ts";
import { funnelOf } from "../reports/funnel.ts";
import type { ToldRecord } from "./progress-tail.ts";
import { progressTail } from "./progress-tail.ts";
import type { ProgressRecord } from "./run-progress.ts";
import { PROGRESS_FILE } from "./run-progress.ts";
import type { RunViewOptions } from "./run-view.ts";
import { isActive, runFolder, viewRun } from "./run-view.ts";

/** How soon what has happened is told. */
const pollMs = 500;
/** Proxies cut a connection on which nothing comes for a minute. */
const heartbeatMs = 15_000;

export interface RunEvent {
  readonly id: string;
  readonly event: RunEventName;
  readonly data: Json;
}

export interface WatchOptions extends RunViewOptions {
  readonly clock: WaitingClock;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/** What the last event of a run that has ended is called: who has seen that one has seen all. */
export function endId({ endedAt, startedAt, queuedAt }: RunSummary): string {
  return `end.${Date.parse(endedAt ?? startedAt ?? queuedAt ?? "") || 0}`;
}

/**
 * @param lastId the id of the event that was seen last; from the beginning where it is of another attempt or none
 * @returns undefined in between where nothing has happened for a while. Ends with the run, or when told to.
 */
export async function* watchRun(
  options: WatchOptions,
  name: string,
  lastId: string | undefined,
): AsyncGenerator<RunEvent | undefined, void, undefined> {
  const { clock, signal, dataDir } = options;
  const tail = progressTail(join(runFolder(dataDir, name), PROGRESS_FILE));
  const teller = eventTeller(lastId);
  let spokeMs = clock.monotonicMs();
  while (!signal.aborted) {
    const run = await viewRun(options, name);
    if (run === undefined) return;
    // Read after the state: when that says that the run has ended, all that it told is there.
    const events = run.state === "queued" ? teller.queued(run) : teller.told(run, await tail.read());
    for (const event of events) {
      yield event;
      spokeMs = clock.monotonicMs();
    }
    if (!isActive(run)) {
      const { stages: _stages, ...data } = run;
      yield { id: endId(run), event: "ended", data };
      return;
    }
    if (clock.monotonicMs() - spokeMs >= heartbeatMs) {
      yield undefined;
      spokeMs = clock.monotonicMs();
    }
    await clock.sleep(pollMs);
  }
}

/** Makes events of records, and leaves out those that were seen. */
function eventTeller(lastId: string | undefined) {
  const [, seenAttempt, seenEnd] = /^(?<attempt>\d{1,16})\.(?<end>\d{1,16})$/u.exec(lastId ?? "") ?? [];
  let saidQueued = seenAttempt !== undefined;
  let attempt = 0;
  let done: Extract<ProgressRecord, { type: "stage-done" }>[] = [];

  function eventOf(record: ProgressRecord): { readonly event: RunEventName; readonly data: Json } | undefined {
    switch (record.type) {
      case "started": {
        const { type: event, ...data } = record;
        return { event, data };
      }
      case "stage":
      case "progress": {
        const { type: event, ...data } = record;
        return { event, data };
      }
      case "stage-done": {
        done.push(record);
        const { type: event, at, stage, lines, reused, asked } = record;
        return { event, data: { at, stage, lines, reused, ...(asked && { asked }), funnel: funnelSoFar(done) } };
      }
      case "ended":
        // Told with what became of the run in the end, once nobody works on it.
        return undefined;
    }
  }

  return {
    queued({ queuedAt }: Run): RunEvent[] {
      if (saidQueued || queuedAt === undefined) return [];
      saidQueued = true;
      return [{ id: "queued", event: "queued", data: { at: queuedAt } }];
    },
    told(run: Run, records: readonly ToldRecord[]): RunEvent[] {
      return records.flatMap(({ record, end }) => {
        if (record.type === "started") {
          attempt = Date.parse(record.at);
          done = [];
        }
        const event = eventOf(record);
        // Of an attempt from before it was asked for again, whose file is about to be replaced.
        const old = run.by === "server" && run.queuedAt !== undefined && attempt < Date.parse(run.queuedAt);
        const seen = String(attempt) === seenAttempt && end <= Number(seenEnd);
        return event === undefined || old || seen ? [] : [{ id: `${attempt}.${end}`, ...event }];
      });
    },
  };
}

function funnelSoFar(done: readonly Extract<ProgressRecord, { type: "stage-done" }>[]): Json {
  const totals = done.map(({ stage, dropped }) => ({ name: stage, dropped }));
  return funnelOf(done[0]?.lines ?? 0, totals).rows.map((row) => ({ ...row, dropped: { ...row.dropped } }));
}
