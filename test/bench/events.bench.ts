/**
 * Durable events a second that `stillpoint serve` takes over HTTP, from one client that sends batches of 100 and from 8
 * that send batches of 10, beside the same rows parsed, validated, hashed, compressed and inserted on one thread without
 * HTTP: `node test/bench/events.bench.ts [EVENTS [ROUNDS]]`. The scenarios take turns, and the median round counts.
 * Clients and server share this machine. Limits are the issue's: 5,000 a second at a p99 of 50 ms, and half of the figure
 * without HTTP.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEventDatabase } from "../../server/store/event-database.ts";
import { writeExecutor } from "../../server/store/execute.ts";
import { events as eventFamily } from "../../server/store/families/events.ts";
import type { Event } from "../../shared/records/event.ts";
import { event } from "../../shared/records/event.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import type { EventsAnswer } from "../../shared/wire/events.ts";
import { adminToken, connect, liftRateLimits, startServerProcess } from "../e2e/server-process.ts";
import { capturedEvent, eventId } from "./captured-events.ts";

const MIN_PER_SECOND = 5_000;
const MAX_P99_MS = 50;
const MIN_SHARE = 0.5;
/** Events that differ in their content; beyond it they differ in id alone. */
const DISTINCT = 1_000;
const HTTP_OK = 200;

const SCENARIOS = [
  { name: "1 client, batches of 100", clients: 1, batch: 100 },
  { name: "8 clients, batches of 10", clients: 8, batch: 10 },
] as const;
const REFERENCE_BATCH = 100;

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const [eventCount = 20_000, rounds = 3] = process.argv.slice(2).map(Number);

const templates = Array.from({ length: DISTINCT }, (_, n) => {
  const [before = "", after = ""] = JSON.stringify(capturedEvent(n)).split(eventId(n));
  return { before, after };
});
let made = 0;

/** Bodies of requests for `eventCount` events that nobody has sent before. */
function bodies(batch: number): Buffer[] {
  return Array.from({ length: Math.ceil(eventCount / batch) }, () => {
    const events = Array.from({ length: batch }, () => {
      const { before, after } = templates[made % DISTINCT] ?? { before: "", after: "" };
      return `${before}${eventId(made++)}${after}`;
    });
    return Buffer.from(`{"events":[${events.join(",")}]}`);
  });
}

function measuredOf(tookMs: number, latenciesMs: readonly number[], batch: number): Measured {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { perSecond: (sorted.length * batch * 1_000) / tookMs, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** What the server does with the same bodies, one after the other: durable when the next begins. */
function measureOneThread(file: string): Measured {
  const executor = writeExecutor((create) => openEventDatabase({ file, readonly: false, create }), {
    events: eventFamily,
  });
  executor.open();
  const sent = bodies(REFERENCE_BATCH);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  for (const body of sent) {
    const beganMs = performance.now();
    const events = (JSON.parse(body.toString("utf8")) as { events: unknown[] }).events.map((value): Event => {
      const parsed = parseRecord(event, value);
      if (!parsed.ok) throw new Error("an event is not valid");
      return parsed.value;
    });
    const batch = { contributor: "contributor-1", receivedAt: new Date().toISOString(), events };
    const args = eventFamily.write.append.prepare(batch);
    const [outcome] = executor.execute([{ kind: "write", family: "events", method: "append", args }]);
    if (outcome?.kind !== "done") throw new Error("a batch was not stored");
    latenciesMs.push(performance.now() - beganMs);
  }
  const measured = measuredOf(performance.now() - startedMs, latenciesMs, REFERENCE_BATCH);
  executor.close();
  return measured;
}

async function measureHttp(url: string, token: string, { clients, batch }: (typeof SCENARIOS)[number]) {
  const sent = bodies(batch);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const connection = connect(url, token);
      for (let body = sent.pop(); body !== undefined; body = sent.pop()) {
        const beganMs = performance.now();
        const answer = await connection.post("/v1/events", body);
        latenciesMs.push(performance.now() - beganMs);
        if (answer?.status !== HTTP_OK) throw new Error(`the server answered ${answer?.status}: ${answer?.body}`);
        const { stored } = JSON.parse(answer.body) as EventsAnswer;
        if (stored !== batch) throw new Error(`${stored} of ${batch} were stored: ${answer.body}`);
      }
      connection.close();
    }),
  );
  return measuredOf(performance.now() - startedMs, latenciesMs, batch);
}

function median(measured: readonly Measured[]): Measured {
  const sorted = measured.toSorted((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("nothing was measured");
  return middle;
}

function row(name: string, { perSecond, p50Ms, p99Ms }: Measured, all: readonly Measured[]): string {
  const each = all.map((measured) => Math.round(measured.perSecond).toLocaleString("en-US")).join(", ");
  return (
    `${name.padEnd(26)}${Math.round(perSecond).toLocaleString("en-US").padStart(7)} events/s, ` +
    `p50 ${p50Ms.toFixed(1).padStart(5)} ms, p99 ${p99Ms.toFixed(1).padStart(5)} ms   (rounds: ${each})`
  );
}

const folder = mkdtempSync(join(tmpdir(), "stillpoint-bench-"));
liftRateLimits(folder);
const server = startServerProcess(folder);
try {
  const url = await server.url;
  if (url === undefined) throw new Error(`the server did not start: ${(await server.ended).err}`);
  const token = adminToken(folder);
  const bytes = Buffer.byteLength(JSON.stringify(capturedEvent(0)));
  console.log(`${eventCount.toLocaleString("en-US")} events of ${bytes} bytes of JSON a scenario and round`);
  const oneThread: Measured[] = [];
  const overHttp = SCENARIOS.map((scenario) => ({ scenario, all: [] as Measured[] }));
  for (let round = 0; round < rounds; round++) {
    oneThread.push(measureOneThread(join(folder, `reference-${round}.db`)));
    for (const { scenario, all } of overHttp) all.push(await measureHttp(url, token, scenario));
  }
  const reference = median(oneThread);
  console.log(row("one thread, no HTTP", reference, oneThread));
  for (const { scenario, all } of overHttp) {
    const measured = median(all);
    const share = measured.perSecond / reference.perSecond;
    console.log(row(scenario.name, measured, all));
    const missed = [
      ...(measured.perSecond < MIN_PER_SECOND ? [`under ${MIN_PER_SECOND.toLocaleString("en-US")} events/s`] : []),
      ...(measured.p99Ms > MAX_P99_MS ? [`p99 over ${MAX_P99_MS} ms`] : []),
      ...(share < MIN_SHARE ? [`under ${MIN_SHARE} of one thread`] : []),
    ];
    console.log(`${"".padEnd(26)}${share.toFixed(2)} of one thread${missed.map((miss) => `; ${miss}`).join("")}`);
    if (missed.length > 0) process.exitCode = 1;
  }
  const total = eventCount * rounds * SCENARIOS.length;
  console.log(`${(statSync(join(folder, "events.db")).size / total).toFixed(0)} bytes of database an event`);
} finally {
  server.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}
