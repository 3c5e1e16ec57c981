/**
 * Kills `stillpoint serve` again and again while clients send to it, and holds what it has stored against what it has
 * acknowledged. The clients do as an outbox does: what was not acknowledged they send again, and now and then what was.
 */

import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import type { Log } from "../../server/log.ts";
import type { StoredEvent } from "../../server/store/families/events.ts";
import { readEvents } from "../../server/store/read-events.ts";
import { openStore } from "../../server/store/store.ts";
import { hashOf } from "../../shared/ids.ts";
import type { EventsAnswer } from "../../shared/wire/events.ts";
import { capturedEvent, eventId } from "../bench/captured-events.ts";
import { seededRandom } from "./seeded-random.ts";
import { adminToken, connect, liftRateLimits, startServerProcess } from "./server-process.ts";

const clients = 6;
const maxBatch = 20;
/** Of kills while the server is still starting. */
const startingShare = 0.1;
const maxStartingMs = 400;
const maxServingMs = 600;
/** Of batches that were acknowledged and are sent again. */
const repeatedShare = 0.1;

export interface KillFigures {
  readonly kills: number;
  /** Of them, while the server was starting. */
  readonly whileStarting: number;
  readonly acknowledged: number;
  /** Sent, never acknowledged before a kill, and found stored when they were sent again. */
  readonly storedUnacknowledged: number;
  readonly stored: number;
  /** From the start of the process until it served, at each start after a kill, ascending. */
  readonly restartMs: readonly number[];
}

interface Batch {
  readonly first: number;
  readonly size: number;
  /** Sent before, and not acknowledged. */
  again: boolean;
}

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Hears of each kill, with the number of acknowledged events that were found by then. */
  onKilled?(kill: number, acknowledged: number): void;
}

/** @throws Error that says what was lost, doubled, or not as it was sent */
export async function killServer(dataDir: string, { kills, seed, onKilled }: KillOptions): Promise<KillFigures> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  liftRateLimits(dataDir);
  const acknowledged = new Set<number>();
  const done: Batch[] = [];
  const unacknowledged: Batch[] = [];
  let next = 0;
  let storedUnacknowledged = 0;
  let whileStarting = 0;
  const restartMs: number[] = [];

  function nextBatch(): Batch {
    const open = unacknowledged.shift();
    if (open) return open;
    const repeated = done[below(done.length)];
    if (repeated && random() < repeatedShare) return repeated;
    const size = 1 + below(maxBatch);
    next += size;
    return { first: next - size, size, again: false };
  }

  async function send(url: string, token: string, stopped: () => boolean): Promise<void> {
    const connection = connect(url, token);
    while (!stopped()) {
      const batch = nextBatch();
      const events = Array.from({ length: batch.size }, (_, n) => capturedEvent(batch.first + n));
      const answer = await connection.post("/v1/events", JSON.stringify({ events }));
      if (answer === undefined) {
        if (!done.includes(batch)) unacknowledged.push({ ...batch, again: true });
        break;
      }
      if (answer.status !== 200) throw new Error(`the server answered ${answer.status}: ${answer.body}`);
      const { results } = JSON.parse(answer.body) as EventsAnswer;
      for (const [n, { status }] of results.entries()) {
        const known = acknowledged.has(batch.first + n);
        if (status === "refused") throw new Error(`event ${batch.first + n} was refused`);
        if (status === "stored" && known)
          throw new Error(`event ${batch.first + n} was acknowledged, lost, stored again`);
        if (status === "duplicate" && !known) {
          if (!batch.again) throw new Error(`event ${batch.first + n} was known before it was sent`);
          storedUnacknowledged += 1;
        }
        acknowledged.add(batch.first + n);
      }
      if (!done.includes(batch)) done.push(batch);
    }
    connection.close();
  }

  /** One life of the server: started, sent to, killed. */
  async function live(killed: boolean): Promise<void> {
    const server = startServerProcess(dataDir);
    if (killed && random() < startingShare) {
      whileStarting += 1;
      await wait(below(maxStartingMs));
      server.kill("SIGKILL");
      await server.ended;
      return;
    }
    const url = await server.url;
    if (url === undefined) throw new Error(`the server did not start: ${(await server.ended).err}`);
    restartMs.push(await server.startedMs);
    let over = false;
    const token = adminToken(dataDir);
    const sending = Promise.all(Array.from({ length: clients }, () => send(url, token, () => over)));
    await wait(below(maxServingMs));
    if (killed) server.kill("SIGKILL");
    over = !killed;
    await sending;
    over = true;
    // The last one sends what is left, so that everything that was ever sent is acknowledged.
    while (!killed && unacknowledged.length > 0) await send(url, token, () => unacknowledged.length === 0);
    if (!killed) server.kill("SIGTERM");
    const { exitCode, err } = await server.ended;
    if (!killed && exitCode !== 0) throw new Error(`the server ended with ${exitCode}: ${err}`);
    await checkStored(dataDir, acknowledged, next);
  }

  for (let kill = 1; kill <= kills; kill++) {
    await live(true);
    onKilled?.(kill, acknowledged.size);
  }
  await live(false);
  const stored = await checkStored(dataDir, acknowledged, next, true);
  if (stored !== next) throw new Error(`${next} events were sent, and ${stored} are stored`);
  restartMs.shift();
  return {
    kills,
    whileStarting,
    acknowledged: acknowledged.size,
    storedUnacknowledged,
    stored,
    restartMs: restartMs.sort((a, b) => a - b),
  };
}

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  return;
}

/** @returns how many are stored */
async function checkStored(dataDir: string, acknowledged: ReadonlySet<number>, sent: number, contents = false) {
  const database = new Sqlite(join(dataDir, "events.db"), { readonly: true });
  const faults = database.pragma("integrity_check") as { integrity_check: string }[];
  const rows = database.prepare("SELECT id, position FROM events ORDER BY position").all() as StoredEvent[];
  const counter = database.prepare("SELECT last_position FROM event_counter").pluck().get();
  const total = database.prepare("SELECT sum(events) FROM event_totals").pluck().get();
  database.close();
  if (faults[0]?.integrity_check !== "ok") throw new Error(`the database is damaged: ${JSON.stringify(faults)}`);
  const numbers = new Map<string, number>();
  for (let n = 0; n < sent; n++) numbers.set(idOf(n), n);
  const found = new Set<number>();
  for (const [n, { id, position }] of rows.entries()) {
    const number = numbers.get(id);
    if (number === undefined) throw new Error(`${id} is stored and was never sent`);
    if (found.has(number)) throw new Error(`event ${number} is stored twice`);
    if (position !== n + 1) throw new Error(`position ${position} stands at place ${n + 1}`);
    found.add(number);
  }
  for (const n of acknowledged) if (!found.has(n)) throw new Error(`event ${n} was acknowledged and is not stored`);
  if ((counter ?? 0) !== rows.length) throw new Error(`the counter stands at ${counter}, with ${rows.length} events`);
  if ((total ?? 0) !== rows.length) throw new Error(`the totals count ${total}, with ${rows.length} events`);
  if (contents) {
    const store = await openStore({ dataDir, readOnly: true, log: silent });
    for await (const { id, body } of readEvents(store, { after: 0 })) {
      if (hashOf(JSON.parse(body)) !== hashOf(capturedEvent(numbers.get(id) ?? -1)))
        throw new Error(`${id} has changed`);
    }
    await store.close();
  }
  return rows.length;
}

const ids: string[] = [];
function idOf(n: number): string {
  const known = ids[n];
  if (known !== undefined) return known;
  const id = eventId(n);
  ids[n] = id;
  return id;
}
