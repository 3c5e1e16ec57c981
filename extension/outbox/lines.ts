/**
 * The outbox's files are lines that are only ever added. What holds is what all lines of all files say together, in
 * whatever order they are read: an event waits if some line adds it and no line says that it is gone. So windows need
 * not agree on anything before they write.
 *
 *     {"add":{"id":"…","type":"snapshot.settled","at":"…","path":"src/a.ts"}}⇥{…the event…}
 *     {"gone":{"ids":["…","…"],"why":"sent"}}
 *     {"refused":{"id":"…","code":"policy","detail":"…",…}}
 *     {"lost":{"cap":12,"disk":1,"damaged":0}}
 *     {"replaces":["m1x2-3f","m1x2-40"]}
 *
 * A line counts once its line feed is there. Only what is left of a write that failed or was killed lacks it, and no
 * file is written to again after that.
 */
import * as z from "zod/mini";
import { natural, nonEmpty } from "../../shared/records/fields.ts";

const eventFacts = z.strictObject({
  id: nonEmpty,
  type: nonEmpty,
  at: nonEmpty,
  /** Of the snapshot's document, where it has one. */
  path: z.optional(nonEmpty),
  /** The workspace folder's URI. It stays on this machine. */
  folder: z.optional(nonEmpty),
});
/** What is known of an event without reading it. */
export type EventFacts = z.infer<typeof eventFacts>;

/**
 * Why an event waits no more. `sent`: the server has it. `dropped`: the person took it out. `cap`: too much waited.
 * `damaged`: the disk does not give back what was written.
 */
const goneWhy = z.enum(["sent", "dropped", "cap", "damaged"]);
export type GoneWhy = z.infer<typeof goneWhy>;

const refusedEvent = z.strictObject({
  ...eventFacts.def.shape,
  /** As in `shared/wire/events.ts`; `too-large` for one that no request can carry. */
  code: nonEmpty,
  field: z.optional(z.string()),
  /** The server's sentence. */
  detail: z.string(),
  refusedAt: nonEmpty,
});
/** An event that the server will not take. The event itself is kept no longer. */
export type RefusedEvent = z.infer<typeof refusedEvent>;

const lostCounts = z.strictObject({
  /** Gone because too much waited. */
  cap: natural,
  /** Never kept, because the disk did not take them. */
  disk: natural,
  /** The disk does not give them back. */
  damaged: natural,
});
export type LostCounts = z.infer<typeof lostCounts>;

export const nothingLost: LostCounts = { cap: 0, disk: 0, damaged: 0 };

/** What was lost after it was `before`. An outbox whose folder was taken away counts from nothing again. */
export function lostSince(now: LostCounts, before: LostCounts): LostCounts {
  const since = (name: keyof LostCounts) => Math.max(0, now[name] - before[name]);
  return { cap: since("cap"), disk: since("disk"), damaged: since("damaged") };
}

const mark = z.union([
  z.strictObject({ add: eventFacts }),
  z.strictObject({ gone: z.strictObject({ ids: z.array(nonEmpty), why: goneWhy }) }),
  z.strictObject({ refused: refusedEvent }),
  z.strictObject({ lost: lostCounts }),
  /** Files, by their stems, of which this one holds all that still counts. Always the first line. */
  z.strictObject({ replaces: z.array(nonEmpty) }),
]);
export type Mark = z.infer<typeof mark>;

const tab = 0x09;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** @param event as JSON on one line, for an `add` alone */
export function lineOf(said: Mark, event?: string): string {
  return event === undefined ? `${JSON.stringify(said)}\n` : `${JSON.stringify(said)}\t${event}\n`;
}

export type ParsedLine =
  | { readonly mark: Exclude<Mark, { add: EventFacts }> }
  /** `eventStart`: where the event begins, in bytes from the line's start. */
  | { readonly mark: { readonly add: EventFacts }; readonly eventStart: number };

/** @param line without its line feed. @returns undefined for what nobody here has written */
export function parseLine(line: Buffer): ParsedLine | undefined {
  const end = line.indexOf(tab);
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8", 0, end < 0 ? line.length : end));
  } catch {
    return undefined;
  }
  const parsed = z.safeParse(mark, value);
  if (!parsed.success) return undefined;
  const said = parsed.data;
  if (!("add" in said)) return end < 0 ? { mark: said } : undefined;
  const isWhole = end >= 0 && line[end + 1] === openBrace && line[line.length - 1] === closeBrace;
  return isWhole ? { mark: said, eventStart: end + 1 } : undefined;
}
