/**
 * Takes secrets and personal data out of a snapshot, its settlement and whatever else speaks of it. The same value
 * becomes the same placeholder throughout, numbered in the order: snapshot, settlement, the rest. No line is added or
 * lost, so hunk headers stay true; offsets are computed again. Redacting twice is redacting once.
 */
import type { Settlement } from "../records/settlement.ts";
import type { Diagnostic, HistoryEntry, Snapshot } from "../records/snapshot.ts";
import { regionBefore } from "../records/snapshot.ts";
import { diffSides, rewriteDiff } from "./diff-sides.ts";
import type { Finding } from "./finding.ts";
import { KnownValues } from "./known-values.ts";
import { boundedMargins } from "./margins.ts";
import type { Redactable, Text } from "./redactable.ts";
import { NAMING_KEYS, textsBehind, textsOf, textsOfSnapshot } from "./redactable.ts";
import { findSensitive } from "./scan.ts";
import { isSecretPath } from "./secret-paths.ts";
import type { Slices } from "./slices.ts";
import { atOnce, inSlices } from "./slices.ts";
import { withinLimits } from "./within-limits.ts";

/** Raised whenever the same text would be redacted otherwise. */
export const REDACTION_VERSION = 2;

/** A placeholder can bring two strings together into what a rule takes for a secret; it never takes many rounds. */
const maxRounds = 8;

export type Redaction<Rest> =
  | {
      readonly ok: true;
      readonly snapshot: Snapshot;
      readonly settlement: Settlement | undefined;
      readonly rest: Rest | undefined;
      /** How many different values were taken out, by kind. */
      readonly counts: Readonly<Record<string, number>>;
      /** Whether anything differs from what was given. */
      readonly changed: boolean;
    }
  | { readonly ok: false; readonly reason: Refusal };

/**
 * The document is secret by its path; its region is longer with the placeholders in it than a region may be, or there is
 * more text around it than can be read through; or it holds more secrets than can be found in bounded time.
 */
export type Refusal = "secretPath" | "tooLong" | "tooManySecrets";

/**
 * History entries and definitions of secret paths are removed. `document.sha256` goes when anything changed, also
 * outside the snapshot. Texts that placeholders made longer than their limit lose whole lines outside the region (the
 * excerpt), their end (a definition) or their diff (a history entry).
 */
export function redactSnapshot<Rest = never>(input: Redactable<Rest>): Redaction<Rest> {
  return atOnce(redactionSteps(input));
}

/** As `redactSnapshot`, with pauses: for a process in which somebody types. */
export function redactInSlices<Rest = never>(input: Redactable<Rest>, slices: Slices): Promise<Redaction<Rest>> {
  return inSlices(redactionSteps(input), slices);
}

/** Yields behind each text that it read or wrote. */
function* redactionSteps<Rest>(input: Redactable<Rest>): Generator<undefined, Redaction<Rest>> {
  if (isSecretPath(input.snapshot.document.path)) return { ok: false, reason: "secretPath" };
  const known = new KnownValues();
  let current = withoutSecretPaths(input);
  for (const { text } of textsOf(current)) known.reserve(text);
  // The snapshot's own first, with what only its surroundings give away: its numbers then say nothing of what followed.
  let news = yield* learn(known, textsOfSnapshot(current));
  const around = yield* learnFromMargins(known, boundedMargins(input.surroundings ?? []), current);
  if (around === "tooLong") return { ok: false, reason: "tooLong" };
  if (around === "news") news = true;
  if (yield* learn(known, textsBehind(current))) news = true;
  for (let round = 0; news; round++) {
    if (round === maxRounds || known.isFull) return { ok: false, reason: "tooManySecrets" };
    current = yield* rewritten(known, current);
    news = yield* learn(known, textsOf(current));
  }
  const changed = current !== input;
  if (!changed) {
    return { ok: true, snapshot: input.snapshot, settlement: input.settlement, rest: input.rest, counts: {}, changed };
  }
  const fitted = withinLimits(current.snapshot);
  if (!fitted) return { ok: false, reason: "tooLong" };
  const snapshot = withoutHash(fitted);
  const { settlement, rest } = current;
  return { ok: true, snapshot, settlement, rest, counts: { ...known.counts }, changed };
}

function withoutSecretPaths<Rest>(input: Redactable<Rest>): Redactable<Rest> {
  const { snapshot, settlement } = input;
  const history = snapshot.history.filter((entry) => !isSecretPath(entry.path));
  const definitions = snapshot.definitions.filter((definition) => !isSecretPath(definition.path));
  const futureHistory = settlement?.futureHistory.filter((entry) => !isSecretPath(entry.path));
  const isSame =
    history.length === snapshot.history.length &&
    definitions.length === snapshot.definitions.length &&
    futureHistory?.length === settlement?.futureHistory.length;
  if (isSame) return input;
  return {
    ...input,
    snapshot: { ...snapshot, history, definitions },
    ...(settlement && futureHistory ? { settlement: { ...settlement, futureHistory } } : {}),
  };
}

/** @returns whether there is anything that was not known before. */
function* learn(known: KnownValues, texts: Iterable<Text>): Generator<undefined, boolean> {
  let news = false;
  for (const { text, isDiff } of texts) {
    for (const part of isDiff ? diffSides(text) : [text]) {
      if (known.learn(part, findSensitive(part))) news = true;
    }
    if (known.isFull) break;
    yield;
  }
  return news;
}

/** What stands in the margins and in no other text would only use numbers up, and tell that it is there. */
function* learnFromMargins<Rest>(
  known: KnownValues,
  margins: Iterable<string | undefined>,
  current: Redactable<Rest>,
): Generator<undefined, "news" | "nothing" | "tooLong"> {
  const inMargins = new KnownValues();
  const found: { margin: string; finding: Finding }[] = [];
  for (const margin of margins) {
    if (margin === undefined) return "tooLong";
    const findings = findSensitive(margin);
    inMargins.learn(margin, findings);
    for (const finding of findings) found.push({ margin, finding });
    yield;
  }
  if (found.length === 0) return "nothing";
  const shown = new Set<string>();
  for (const { text, isDiff, isClipped } of textsOf(current)) {
    for (const part of isDiff ? diffSides(text) : [text]) {
      for (const name of inMargins.placeholdersFor(part, isClipped)) shown.add(name);
    }
    yield;
  }
  let news = false;
  for (const { margin, finding } of found) {
    const isShown = finding.parts.some(({ start, end }) => {
      const name = inMargins.placeholderOf(margin.slice(start, end));
      return name !== undefined && shown.has(name);
    });
    if (isShown && known.learn(margin, [finding])) news = true;
  }
  return news ? "news" : "nothing";
}

function* rewritten<Rest>(
  known: KnownValues,
  { snapshot, settlement, rest }: Redactable<Rest>,
): Generator<undefined, Redactable<Rest>> {
  return {
    snapshot: yield* rewriteSnapshot(known, snapshot),
    ...(settlement ? { settlement: yield* rewriteSettlement(known, settlement, snapshot) } : {}),
    ...(rest === undefined ? {} : { rest: rewriteRest(known, rest) as Rest }),
  };
}

/** Yields behind each item. */
function* rewriteEach<Item>(items: readonly Item[], rewrite: (item: Item) => Item): Generator<undefined, Item[]> {
  const done: Item[] = [];
  for (const item of items) {
    done.push(rewrite(item));
    yield;
  }
  return done;
}

function* rewriteSnapshot(known: KnownValues, snapshot: Snapshot): Generator<undefined, Snapshot> {
  const plain = (text: string) => known.rewrite(text, false).text;
  const excerpt = known.rewrite(snapshot.excerpt.text, false);
  yield;
  return {
    ...snapshot,
    document: { ...snapshot.document, path: plain(snapshot.document.path) },
    excerpt: { ...snapshot.excerpt, text: excerpt.text },
    cursor: excerpt.offset(snapshot.cursor, "end"),
    editable: {
      start: excerpt.offset(snapshot.editable.start, "start"),
      end: excerpt.offset(snapshot.editable.end, "end"),
    },
    history: yield* rewriteEach(snapshot.history, (entry) => rewriteEntry(known, entry)),
    diagnostics: yield* rewriteEach(snapshot.diagnostics, (entry) => rewriteDiagnostic(known, entry)),
    definitions: yield* rewriteEach(snapshot.definitions, (definition) => ({
      ...definition,
      symbol: plain(definition.symbol),
      path: plain(definition.path),
      text: known.rewrite(definition.text, true).text,
    })),
    ...(snapshot.repo ? { repo: rewriteRest(known, snapshot.repo) as typeof snapshot.repo } : {}),
  };
}

function* rewriteSettlement(
  known: KnownValues,
  settlement: Settlement,
  before: Snapshot,
): Generator<undefined, Settlement> {
  const text = known.rewrite(settlement.text, false);
  yield;
  return {
    ...settlement,
    text: text.text,
    cursor: settlement.cursor === null ? null : text.offset(settlement.cursor, "end"),
    futureHistory: yield* rewriteEach(settlement.futureHistory, (entry) => rewriteEntry(known, entry)),
    diagnosticsAfter: yield* rewriteEach(settlement.diagnosticsAfter, (entry) => rewriteDiagnostic(known, entry)),
    // Two secrets of which one is the other's beginning become one placeholder.
    unchanged: text.text === known.rewrite(regionBefore(before), false).text,
  };
}

function rewriteEntry(known: KnownValues, entry: HistoryEntry): HistoryEntry {
  const path = known.rewrite(entry.path, false).text;
  if (entry.diff === undefined) return { ...entry, path };
  return { ...entry, path, diff: rewriteDiff(entry.diff, (line) => known.rewrite(line, false).text) };
}

function rewriteDiagnostic(known: KnownValues, entry: Diagnostic): Diagnostic {
  return {
    ...entry,
    message: known.rewrite(entry.message, true).text,
    snippet: known.rewrite(entry.snippet, true).text,
    ...(entry.source === undefined ? {} : { source: known.rewrite(entry.source, false).text }),
    ...(typeof entry.code === "string" ? { code: known.rewrite(entry.code, false).text } : {}),
  };
}

/** Strings at any depth; where a record holds a `text` and a `cursor` in it, the cursor follows. */
function rewriteRest(known: KnownValues, value: unknown): unknown {
  if (typeof value === "string") return known.rewrite(value, false).text;
  if (Array.isArray(value)) return value.map((item) => rewriteRest(known, item));
  if (typeof value !== "object" || value === null) return value;
  const record: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    record[key] = NAMING_KEYS.has(key) ? member : rewriteRest(known, member);
  }
  const { text, cursor } = value as { text?: unknown; cursor?: unknown };
  if (typeof text === "string" && typeof cursor === "number") {
    record["cursor"] = known.rewrite(text, false).offset(cursor, "end");
  }
  return record;
}

/** The document's hash tells two texts apart that redaction made equal; a reader goes by its counts alone. */
function withoutHash(snapshot: Snapshot): Snapshot {
  const { sha256: _sha256, ...document } = snapshot.document;
  return { ...snapshot, document };
}
