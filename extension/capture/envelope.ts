/** What every event carries beside its body: who it is, when, and its place in the session. */
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";

export interface Envelope {
  readonly id: string;
  readonly schema: 1;
  readonly at: string;
  readonly sessionId: string;
  readonly sequence: number;
  readonly consentVersion: number;
}

export interface Envelopes {
  /** @param consentVersion of the consent under which the event is made */
  next(consentVersion: number): Envelope;
}

export interface EnvelopeSources {
  readonly clock: Clock;
  /** That many bytes that nobody can guess; `node:crypto`'s. */
  readonly randomBytes: (count: number) => Uint8Array;
}

/** One a session: the sequence counts from 0 and only rises. */
export function createEnvelopes({ clock, randomBytes }: EnvelopeSources): Envelopes {
  const sessionId = uuidv7(clock.now(), randomBytes(10));
  let sequence = 0;
  return {
    next(consentVersion) {
      const now = clock.now();
      return {
        id: uuidv7(now, randomBytes(10)),
        schema: 1,
        at: timestampOf(now),
        sessionId,
        sequence: sequence++,
        consentVersion,
      };
    },
  };
}

/**
 * A UUIDv7 (RFC 9562, 5.7): 48 bits of time, then random ones around version and variant.
 * @param wallMs since the Unix epoch
 * @param random ten bytes
 */
export function uuidv7(wallMs: number, random: Uint8Array): string {
  const time = wallMs.toString(16).padStart(12, "0");
  const hex = Array.from(random, (byte, index) => {
    const marked = index === 0 ? 0x70 | (byte & 0x0f) : index === 2 ? 0x80 | (byte & 0x3f) : byte;
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8, 20)}`;
}
