/**
 * What the organisation asks its contributors' editors to capture. The last answer is kept and holds while the server is
 * away; before the first, nothing is known, and the gate says so.
 */
import * as z from "zod/mini";
import { timestamp } from "../../shared/records/fields.ts";
import type { PolicyAnswer } from "../../shared/wire/policy.ts";
import { policyAnswer } from "../../shared/wire/policy.ts";
import type { Clock, Disposable } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { Translate } from "../translate.ts";
import { inEnglish } from "../translate.ts";
import type { Client } from "./client.ts";
import { backoffMs } from "./retry.ts";
import { sayIn } from "./sentences.ts";
import { tolerant } from "./tolerant.ts";

/** A policy that says stop is to be heard soon. */
const refreshMs = 300_000;
const storeKey = "policy";

const kept = z.strictObject({
  /** Another server's policy is none of this one's. */
  origin: z.string(),
  etag: z.optional(z.string()),
  answer: policyAnswer,
  checkedAt: timestamp,
});
type Kept = z.infer<typeof kept>;
/** The server that said it may have been a newer one. */
const readable = tolerant(kept);

export type KnownPolicy =
  /** `checkedAt`: when the server last said that it holds. */
  | { readonly known: true; readonly answer: PolicyAnswer; readonly checkedAt: string }
  | { readonly known: false; readonly sentence: string };

/** As VS Code's `Memento`. */
export interface PolicyStore {
  get(key: string): unknown;
  set(key: string, value: unknown): Promise<void>;
}

export interface PolicyKeeper {
  current(): KnownPolicy;
  /** Asks the server now; without an answer, what was known holds. Rejects only where the store does. */
  refresh(): Promise<KnownPolicy>;
  /** For another token: who may do what is another person's answer. */
  forget(): Promise<void>;
  /** Asks now and from then on every few minutes. */
  start(): void;
  /** Another policy, or another reason why none is known. */
  onChange(listener: () => void): Disposable;
  dispose(): void;
}

interface PolicyKeeperOptions {
  readonly client: Pick<Client, "origin" | "policy">;
  readonly store: PolicyStore;
  readonly clock: Clock;
  readonly random: () => number;
  /** The store did not take it. */
  readonly fault: (error: unknown) => void;
  /** English where it is left out. */
  readonly translate?: Translate;
}

export function createPolicyKeeper({
  client,
  store,
  clock,
  random,
  fault,
  translate = inEnglish,
}: PolicyKeeperOptions): PolicyKeeper {
  const listeners = new Set<() => void>();
  let held = readKept(store.get(storeKey), client.origin);
  const say = sayIn(translate);
  let why = say("policyUnknown");
  let failures = 0;
  let timer: Disposable | undefined;
  let isRunning = false;
  /** Raised by `forget`: an answer to the token before is not taken. */
  let generation = 0;

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  async function keep(next: Kept | undefined): Promise<void> {
    const isSame = JSON.stringify(held?.answer) === JSON.stringify(next?.answer);
    held = next;
    if (!isSame) tell();
    await store.set(storeKey, next);
  }

  /** Why nothing is known; where something is, that holds. */
  function failed(sentence: string): void {
    const isSame = why === sentence || held !== undefined;
    why = sentence;
    if (!isSame) tell();
  }

  async function refresh(): Promise<void> {
    const asked = generation;
    const before = held;
    const result = await client.policy(before?.etag);
    if (asked !== generation) return;
    const checkedAt = timestampOf(clock.now());
    if (result.kind === "answer") {
      const { answer, etag } = result;
      failures = 0;
      await keep({ origin: client.origin, ...(etag !== undefined && { etag }), answer, checkedAt });
    } else if (result.kind === "unchanged") {
      failures = 0;
      if (before) await keep({ ...before, checkedAt });
    } else {
      failures += 1;
      failed(say("policyUnknownWhy", { why: result.sentence }));
    }
  }

  function schedule(delayMs: number): void {
    timer?.dispose();
    timer = clock.after(delayMs, () => {
      refresh().then(
        () => {
          if (isRunning) schedule(failures > 0 ? backoffMs(failures, random) : refreshMs);
        },
        (error: unknown) => {
          // What was heard holds all the same, until the window closes.
          fault(error);
          if (isRunning) schedule(refreshMs);
        },
      );
    });
  }

  function current(): KnownPolicy {
    if (held === undefined) return { known: false, sentence: why };
    return { known: true, answer: held.answer, checkedAt: held.checkedAt };
  }

  return {
    current,
    async refresh() {
      await refresh();
      return current();
    },
    async forget() {
      generation += 1;
      failures = 0;
      await keep(undefined);
    },
    start() {
      if (isRunning) return;
      isRunning = true;
      schedule(0);
    },
    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
    dispose() {
      isRunning = false;
      timer?.dispose();
      listeners.clear();
    },
  };
}

/** Undefined for what an older version or another server left. */
function readKept(value: unknown, origin: string): Kept | undefined {
  const parsed = z.safeParse(readable, value);
  return parsed.success && parsed.data.origin === origin ? parsed.data : undefined;
}
