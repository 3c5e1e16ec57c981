/**
 * The durable queue between the gate and the server: what it has taken outlives a crash, and any number of windows share
 * one folder. `lines.ts` says what is in the files, `tidy.ts` how they are kept small.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Event } from "../../shared/records/event.ts";
import type { Clock, Disposable } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { EventVerdict } from "../connection/client.ts";
import type { Translate } from "../translate.ts";
import { inEnglish } from "../translate.ts";
import type { DropFilter } from "./event-facts.ts";
import { factsOf, fits, refusedMark } from "./event-facts.ts";
import { eventTexts, parsed } from "./event-texts.ts";
import { asFault, codeOf, faultSentence, OutboxFault } from "./faults.ts";
import type { OutboxFiles } from "./files.ts";
import { systemFiles } from "./files.ts";
import type { PendingEvent } from "./folder-view.ts";
import { createFolderView } from "./folder-view.ts";
import { createJournal } from "./journal.ts";
import type { LostCounts, Mark, RefusedEvent } from "./lines.ts";
import { lineOf, nothingLost } from "./lines.ts";
import { createLock } from "./lock.ts";
import type { Process } from "./process.ts";
import { thisProcess } from "./process.ts";
import { inTurn } from "./queue.ts";
import { createReaders } from "./readers.ts";
import { createSegment } from "./segment.ts";
import { createTidy } from "./tidy.ts";

/** Of events that wait. The files hold little more: what is gone is taken out of them as it goes. */
export const defaultMaxBytes = 50 * 1_048_576;
/** From this size on a window goes on in a new file, so that the oldest can go as a whole. */
const maxSegmentBytes = 1_048_576;
/** Files that share the cap. */
const minSegments = 16;

export interface OutboxStats {
  /** Events that wait to be sent, in all windows. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Captured, and never sent nor dropped by the person. */
  readonly lost: LostCounts;
  readonly refused: number;
  /** What is wrong with the disk, as a sentence; undefined while all is well. */
  readonly fault: string | undefined;
}

export interface BatchLimits {
  readonly maxEvents: number;
  /** Of the events as JSON; a single one may have more. */
  readonly maxBytes: number;
}

export interface BatchedEvent {
  readonly id: string;
  readonly json: string;
}

export interface Outbox {
  /**
   * On disk when it resolves.
   * @param folder the workspace folder's URI, for `drop`; it is not sent
   * @throws OutboxFault: it is not kept, and counts as lost
   */
  append(event: Event, folder?: string): Promise<void>;
  /** Oldest first. @throws OutboxFault */
  pending(): Promise<readonly PendingEvent[]>;
  /** For display; undefined once it waits no more. @throws OutboxFault */
  read(id: string): Promise<Event | undefined>;
  /**
   * Takes events out, and refused ones off their list. Off the disk too when it resolves, or when the window that works
   * on the files at this moment is done.
   * @returns how many waited
   * @throws OutboxFault: they are not sent, but may still be on disk
   */
  drop(filter: DropFilter): Promise<number>;
  /** Newest first. */
  refused(): readonly RefusedEvent[];
  /** The oldest that wait; at least one if any does. @throws OutboxFault */
  batch(limits: BatchLimits): Promise<readonly BatchedEvent[]>;
  /** Takes out what the server has answered. @throws OutboxFault: forgotten for now, but not beyond a crash */
  acknowledge(results: readonly EventVerdict[]): Promise<void>;
  /** Looks at what other windows did, and does what the disk did not allow before. @throws OutboxFault */
  refresh(): Promise<void>;
  /** As of the last look. */
  stats(): OutboxStats;
  onChange(listener: () => void): Disposable;
  /** Whether this window is the one that sends, from now on for a minute. @throws OutboxFault */
  mayUpload(): Promise<boolean>;
  /** Somebody reads what waits: no window is to send, for as long as this one asks `isHeld` every minute. */
  hold(isHeld: boolean): Promise<void>;
  /** By this window or another. @throws OutboxFault */
  isHeld(): Promise<boolean>;
  /** Resolves when what was begun is done. */
  dispose(): Promise<void>;
}

export interface OutboxOptions {
  /** Of the outbox alone; made when it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly files?: OutboxFiles;
  readonly process?: Process;
  /** Never the same twice, in any window. */
  readonly newId?: () => string;
  /** English where it is left out. */
  readonly translate?: Translate;
}

/** Does not fail: what is wrong with the folder is in `stats`, and each call tries anew. */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { folder, clock, maxBytes = defaultMaxBytes, files = systemFiles, newId = randomUUID } = options;
  const { process: own = thisProcess, translate = inEnglish } = options;
  const segmentBytes = Math.min(maxSegmentBytes, Math.ceil(maxBytes / minSegments));
  const newStem = () => `${clock.now().toString(36)}-${newId()}`;
  const lockAt = (name: string) => createLock({ path: join(folder, name), files, clock, process: own, newId });
  const view = createFolderView({ folder, files });
  const texts = eventTexts({ folder, files, view });
  const segment = createSegment({ folder, files, newStem, segmentBytes });
  const tidy = createTidy({ folder, files, view, lock: lockAt("tidy.lock"), newStem, segmentBytes });
  const uploads = lockAt("upload.lock");
  const readers = createReaders({ folder, files, lockAt, newId });
  const listeners = new Set<() => void>();
  const queue = inTurn();
  const journal = createJournal({
    ...{ folder, files, segment, view },
    wrote() {
      fault = undefined;
      return whenPossible(() => view.refresh());
    },
  });
  let fault: string | undefined;
  let stats: OutboxStats = { waiting: 0, waitingBytes: 0, lost: nothingLost, refused: 0, fault };
  let toldVersion = -1;

  function publish(): void {
    if (view.version() === toldVersion && stats.fault === fault) return;
    toldVersion = view.version();
    const next: OutboxStats = {
      waiting: view.waiting().size,
      waitingBytes: view.waitingBytes(),
      lost: view.lost(),
      refused: view.refused().length,
      fault,
    };
    const isSame = JSON.stringify(next) === JSON.stringify(stats);
    stats = next;
    if (!isSame) for (const listener of [...listeners]) listener();
  }

  /** One at a time; what the disk refuses becomes a fault that is shown. */
  function run<Result>(job: () => Promise<Result>): Promise<Result> {
    return queue(async () => {
      try {
        return await job();
      } catch (error) {
        throw noted(error);
      } finally {
        publish();
      }
    });
  }

  function noted(error: unknown): unknown {
    const known = asFault(error);
    if (known instanceof OutboxFault) {
      fault = faultSentence(known, translate);
      journal.doubtFolder();
    }
    return known;
  }

  /** For what can wait until the disk is better: it is tried again at the next occasion. */
  async function whenPossible(job: () => Promise<void>): Promise<void> {
    try {
      await job();
    } catch (error) {
      const known = noted(error);
      if (!(known instanceof OutboxFault)) throw known;
    }
  }

  async function keepToCap(): Promise<void> {
    let over = view.waitingBytes() - maxBytes;
    if (over <= 0) return;
    const ids: string[] = [];
    for (const { id, bytes } of view.waiting().values()) {
      if (over <= 0) break;
      ids.push(id);
      over -= bytes;
    }
    await journal.say([{ gone: { ids, why: "cap" } }]);
    await tidy.run();
  }

  const outbox: Outbox = {
    append: (event, of) =>
      run(async () => {
        const line = lineOf({ add: factsOf(event, of) }, JSON.stringify(event));
        try {
          await journal.write(line);
        } catch (error) {
          journal.sayLater({ lost: { ...nothingLost, disk: 1 } });
          throw error;
        }
        await whenPossible(keepToCap);
      }),

    pending: () =>
      run(async () => {
        await view.refresh();
        return [...view.waiting().values()].map(({ stem: _stem, start: _start, ...pending }) => pending);
      }),

    read: (id) =>
      run(async () => {
        await view.refresh();
        const text = await texts.read(id);
        return text === undefined ? undefined : (parsed(id, text) as Event | undefined);
      }),

    drop: (filter) =>
      run(async () => {
        await view.refresh();
        const waiting = [...view.waiting().values()].filter((each) => fits(filter, each)).map(({ id }) => id);
        const refused = view.refused().filter((each) => fits(filter, each));
        const ids = [...waiting, ...refused.map(({ id }) => id)];
        try {
          if (ids.length > 0) await journal.say([{ gone: { ids, why: "dropped" } }]);
        } catch (error) {
          // On a full disk, taking files away may still be possible.
          await whenPossible(() => tidy.run());
          throw error;
        }
        await tidy.run();
        return waiting.length;
      }),

    refused: () => view.refused(),

    batch: ({ maxEvents, maxBytes: most }) =>
      run(async () => {
        await view.refresh();
        const events: BatchedEvent[] = [];
        const damaged: string[] = [];
        let bytes = 0;
        for (const { id, bytes: length } of [...view.waiting().values()]) {
          if (events.length >= maxEvents || (events.length > 0 && bytes + length > most)) break;
          const json = await texts.read(id);
          if (json === undefined) continue;
          if (parsed(id, json) === undefined) {
            damaged.push(id);
            continue;
          }
          events.push({ id, json });
          bytes += length;
        }
        if (damaged.length > 0) await whenPossible(() => journal.say([{ gone: { ids: damaged, why: "damaged" } }]));
        return events;
      }),

    acknowledge: (results) =>
      run(async () => {
        const sent: string[] = [];
        const marks: Mark[] = [];
        for (const result of results) {
          const facts = view.waiting().get(result.id);
          // Dropped while it was on its way.
          if (facts === undefined) continue;
          if (result.status === "refused") marks.push(refusedMark(facts, result, timestampOf(clock.now())));
          else sent.push(result.id);
        }
        if (sent.length > 0) marks.push({ gone: { ids: sent, why: "sent" } });
        await journal.say(marks);
        await whenPossible(() => tidy.run());
      }),

    refresh: () =>
      run(async () => {
        await view.refresh();
        await journal.write();
        await keepToCap();
        await tidy.run();
        fault = undefined;
      }),

    stats: () => stats,

    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },

    mayUpload: () =>
      run(async () => {
        await journal.makeFolder();
        return await uploads.take();
      }),

    hold: (isHeld) =>
      run(async () => {
        await journal.makeFolder();
        await readers.set(isHeld);
      }),

    isHeld: () => run(readers.isAnybody),

    async dispose() {
      listeners.clear();
      for (const release of [uploads.release, () => readers.set(false)]) {
        await queue(release).catch((error: unknown) => {
          // The lock then looks as after a crash, which is what others are prepared for.
          if (codeOf(error) === undefined) throw error;
        });
      }
    },
  };
  await run(() => whenPossible(() => view.refresh()));
  return outbox;
}
