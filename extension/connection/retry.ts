/** When to come again to a server that did not answer, or that asked for time. */

const firstMs = 2_000;
const maxBackoffMs = 600_000;
/** So that a loop stays a slow one, whatever the dice say. */
const minBackoffMs = 500;
/** A server that asks for more has lost its clock, or its mind. */
const maxRetryAfterMs = 3_600_000;
/** Of what the server asked for, added by chance: not everybody is to come back at the same moment. */
const retryAfterSpread = 0.1;

/**
 * Exponential, with full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param failures in a row, from 1
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, random: () => number, retryAfterMs?: number): number {
  // Beyond 2^20 it is the upper limit anyway.
  const ceiling = Math.min(maxBackoffMs, firstMs * 2 ** Math.min(failures - 1, 20));
  const own = Math.max(minBackoffMs, random() * ceiling);
  if (retryAfterMs === undefined) return own;
  return Math.max(own, retryAfterMs * (1 + retryAfterSpread * random()));
}

/**
 * `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which counts from the server's own `Date` where it sent one.
 * @param nowMs the wall clock
 * @returns milliseconds; undefined where it says nothing that can be understood
 */
export function parseRetryAfter(header: string | null, date: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,10}$/u.test(text)) return Math.min(maxRetryAfterMs, Number(text) * 1_000);
  const at = httpDate(text);
  if (at === undefined) return undefined;
  return Math.min(maxRetryAfterMs, Math.max(0, at - (httpDate(date ?? "") ?? nowMs)));
}

/** The form that is to be sent (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. */
function httpDate(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/u.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
