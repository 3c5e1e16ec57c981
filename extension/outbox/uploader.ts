/**
 * Sends what waits in the outbox, in the background and quietly: being offline is a state, not an error. Of the windows
 * that share an outbox one sends, and another steps in when that one is gone.
 */

import type { Clock, Disposable } from "../clock.ts";
import type { EventToSend, EventVerdict, SendResult } from "../connection/client.ts";
import { backoffMs } from "../connection/retry.ts";
import { OutboxFault } from "./faults.ts";
import type { Outbox } from "./outbox.ts";

/** An event waits no longer than this for others to go with it; also how often a window looks whether it is to send. */
const everyMs = 15_000;
/** With so many waiting, the batch goes at once. */
const dueEvents = 50;
/** As the server takes them; 1 MB packed is what source code of this size comes to, and the client looks. */
const batchLimits = { maxEvents: 100, maxBytes: 4 * 1_048_576 };
/** Without an answer for so long, the person is to see it. */
const cutOffMs = 300_000;
const oneEvent = { maxEvents: 1, maxBytes: 1 };
/** Statuses that say that something in the body is wrong. */
const bodyFaults: readonly number[] = [400, 422];

export type UploaderState =
  | { readonly kind: "idle" }
  /** Another window sends. */
  | { readonly kind: "standby" }
  /** Something waits, and somebody reads it, in this window or another. */
  | { readonly kind: "held" }
  | { readonly kind: "sending" }
  /** Tries again by itself. */
  | { readonly kind: "waiting"; readonly why: "offline" | "server" | "disk" | "fault"; readonly sentence: string }
  /** The token is not taken: nothing is sent until there is another. */
  | { readonly kind: "stopped"; readonly sentence: string };

export interface Uploader {
  start(): void;
  /**
   * Sends what waits, now, whatever was being waited for: also while it is held back; then from this window, even if it is
   * another's turn.
   * @returns how that went
   */
  flush(): Promise<UploaderState>;
  /** Another token was entered. */
  tokenChanged(): void;
  /** Sending is held back from now on, or no longer. */
  holdChanged(): void;
  /** The server has answered something else that this token asked for: what keeps it from being reached is over. */
  reached(): void;
  state(): UploaderState;
  /** Nothing could be sent for five minutes, or the token is not taken; stays so while it is tried again. */
  isCutOff(): boolean;
  onChange(listener: () => void): Disposable;
  /** Gives up what is under way; what was not acknowledged stays in the outbox. */
  dispose(): Promise<void>;
}

interface UploaderOptions {
  readonly outbox: Outbox;
  readonly send: (events: readonly EventToSend[], signal: AbortSignal) => Promise<SendResult>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Something threw that should not have. @returns what to say of it */
  readonly fault: (error: unknown) => string;
}

type Sent = { readonly kind: "done" } | Exclude<SendResult, { readonly kind: "answer" | "tooLarge" }>;

export function createUploader({ outbox, send, clock, random, fault }: UploaderOptions): Uploader {
  const listeners = new Set<() => void>();
  const disposing = new AbortController();
  let state: UploaderState = { kind: "idle" };
  let failures = 0;
  /** On the monotonic clock. */
  let notBeforeMs = 0;
  /** On the monotonic clock: from then on this is cut off, unless something is sent before. */
  let cutOffFromMs: number | undefined;
  let wasCutOff = false;
  /** The oldest that waits for another window, when this one last looked. */
  let oldestWaiting: string | undefined;
  let timer: Disposable | undefined;
  let watch: Disposable | undefined;
  let underWay: Promise<void> | undefined;

  function become(next: UploaderState): void {
    const isSame = JSON.stringify(next) === JSON.stringify(state) && wasCutOff === isCutOff();
    state = next;
    wasCutOff = isCutOff();
    if (!isSame) for (const listener of [...listeners]) listener();
  }

  function isCutOff(): boolean {
    return cutOffFromMs !== undefined && clock.monotonicMs() >= cutOffFromMs;
  }

  function isUnreached(): boolean {
    return state.kind === "stopped" || (state.kind === "waiting" && state.why === "offline");
  }

  /** As if nothing had failed yet. */
  function beginAnew(): void {
    failures = 0;
    notBeforeMs = 0;
    cutOffFromMs = undefined;
  }

  /** While another window sends, all that is seen of its troubles is that the same event waits on. */
  async function watchOldest(isHeld: boolean): Promise<void> {
    const [oldest] = isHeld ? [] : await outbox.batch(oneEvent);
    if (oldest === undefined) cutOffFromMs = undefined;
    else if (oldest.id !== oldestWaiting) cutOffFromMs = clock.monotonicMs() + cutOffMs;
    oldestWaiting = oldest?.id;
  }

  /** In halves where the server cannot take them together, until what it cannot take at all stands alone. */
  async function sendAll(events: readonly EventToSend[]): Promise<Sent> {
    if (disposing.signal.aborted) return { kind: "done" };
    const result = await send(events, disposing.signal);
    if (result.kind === "answer") {
      await outbox.acknowledge(result.verdicts);
      return { kind: "done" };
    }
    const isBodyAtFault =
      result.kind === "tooLarge" || (result.kind === "refused" && bodyFaults.includes(result.status));
    if (!isBodyAtFault) return result;
    const [only] = events;
    if (only === undefined) return { kind: "done" };
    if (events.length === 1) {
      const code = result.kind === "tooLarge" ? "too-large" : result.code;
      const refused: EventVerdict = { id: only.id, status: "refused", code, detail: result.sentence };
      await outbox.acknowledge([refused]);
      return { kind: "done" };
    }
    const middle = events.length >> 1;
    const first = await sendAll(events.slice(0, middle));
    return first.kind === "done" ? await sendAll(events.slice(middle)) : first;
  }

  function failed(failure: Exclude<Sent, { readonly kind: "done" }>): void {
    const { kind, sentence } = failure;
    if (kind === "unauthorised") {
      cutOffFromMs = clock.monotonicMs();
      become({ kind: "stopped", sentence });
      return;
    }
    failures += 1;
    cutOffFromMs ??= clock.monotonicMs() + cutOffMs;
    const asked = kind === "busy" ? failure.retryAfterMs : undefined;
    notBeforeMs = clock.monotonicMs() + backoffMs(failures, random, asked);
    become({ kind: "waiting", why: kind === "offline" ? "offline" : "server", sentence });
  }

  async function sendWaiting(isForced: boolean): Promise<void> {
    for (;;) {
      if (disposing.signal.aborted) return;
      const mayUpload = await outbox.mayUpload();
      const isHeld = await outbox.isHeld();
      // Whose turn it is will send, unless sending is held back; should both send, the server stores it once.
      if (!mayUpload && !(isForced && isHeld)) {
        await watchOldest(isHeld);
        return become({ kind: "standby" });
      }
      oldestWaiting = undefined;
      if (isHeld && !isForced && outbox.stats().waiting > 0) return become({ kind: "held" });
      const events = await outbox.batch(batchLimits);
      if (events.length === 0) break;
      become({ kind: "sending" });
      const sent = await sendAll(events);
      if (sent.kind !== "done") return failed(sent);
      beginAnew();
    }
    cutOffFromMs = undefined;
    become({ kind: "idle" });
  }

  async function round(isForced: boolean): Promise<void> {
    try {
      await outbox.refresh();
      const mayTry = isForced || (state.kind !== "stopped" && clock.monotonicMs() >= notBeforeMs);
      if (mayTry) return await sendWaiting(isForced);
      // Keeps its place, and takes that of a window that is gone.
      await outbox.mayUpload();
      await outbox.isHeld();
      // Time alone may have cut this off.
      become(state);
    } catch (error) {
      if (!(error instanceof OutboxFault)) throw error;
      failures += 1;
      notBeforeMs = clock.monotonicMs() + backoffMs(failures, random);
      become({ kind: "waiting", why: "disk", sentence: outbox.stats().fault ?? error.message });
    }
  }

  function run(isForced: boolean): Promise<void> {
    // What was begun before may not have seen what is to be sent now.
    const before = underWay ?? Promise.resolve();
    const now = before
      .then(() => round(isForced))
      .finally(() => {
        if (underWay === now) underWay = undefined;
      });
    underWay = now;
    return now;
  }

  function schedule(): void {
    timer?.dispose();
    if (disposing.signal.aborted) return;
    const untilRetryMs = notBeforeMs - clock.monotonicMs();
    const delayMs = state.kind === "waiting" && untilRetryMs > 0 ? Math.min(everyMs, untilRetryMs) : everyMs;
    timer = clock.after(delayMs, () => inBackground());
  }

  function inBackground(): void {
    run(false).then(schedule, (error: unknown) => {
      // Tried again rather than silent for good.
      become({ kind: "waiting", why: "fault", sentence: fault(error) });
      schedule();
    });
  }

  function tryAnew(): void {
    beginAnew();
    if (isUnreached()) become({ kind: "idle" });
    if (timer !== undefined) inBackground();
  }

  return {
    start() {
      if (timer !== undefined) return;
      watch = outbox.onChange(() => {
        const isDue = outbox.stats().waiting >= dueEvents && state.kind === "idle" && underWay === undefined;
        if (isDue) inBackground();
      });
      schedule();
    },
    async flush() {
      await run(true);
      if (timer !== undefined) schedule();
      return state;
    },
    tokenChanged: tryAnew,
    reached() {
      // A server that asked for time is left its time.
      if (isUnreached()) tryAnew();
    },
    holdChanged() {
      if (timer !== undefined) inBackground();
    },
    state: () => state,
    isCutOff,
    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    async dispose() {
      disposing.abort();
      watch?.dispose();
      timer?.dispose();
      listeners.clear();
      await underWay;
    },
  };
}
