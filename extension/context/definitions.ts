/** Definitions of the names around a cursor: asked for in order, a few at a time, until there are enough or time is up. */
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import { normalizeLineEnds } from "../../shared/text/line-ends.ts";
import { lineStarts } from "../../shared/text/lines.ts";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { CapturePoint } from "../capture/capture-point.ts";
import type { GatheredDefinition, GatherGuard } from "../capture/gather.ts";
import { contentLimits } from "../gate/content.ts";
import type { Identifier } from "./identifiers.ts";
import { identifiersAround } from "./identifiers.ts";
import type { Lookups, LookupTarget } from "./lookups.ts";
import type { DeclarationSource } from "./outline.ts";
import { outlineOf } from "./outline.ts";
import type { Place } from "./place.ts";

/** Names that are asked about, the nearest. */
const maxIdentifiers = 40;
/** Questions under way at once: a language server answers one after the other, and the person waits for the same one. */
const maxAtOnce = 4;
/** Of one answer: a declaration may be merged from many places. */
const maxTargetsEach = 4;

/** What is not among the definitions, and why. */
export interface DefinitionsLeftOut {
  /** Names too far away to be asked about. */
  identifiers: number;
  /** Found, and no room. */
  definitions: number;
  /** Questions without an answer in time. */
  definitionsLate: number;
  /** Questions that a provider threw at. */
  definitionsFailed: number;
  /** Answers about a text that is not the one captured. */
  definitionsStale: number;
  /** Targets outside of every workspace folder and package, or in no file. */
  definitionsElsewhere: number;
  /** Targets in what is no text, or too long. */
  definitionsUnreadable: number;
}

export interface AskingDeps {
  readonly lookups: Lookups;
  /** As in records; null for what has no name to go by. */
  readonly placeOf: (uri: string) => Place | null;
}

export interface Asking {
  /** Never rejects. Resolved when every question has its answer, or there are enough definitions. */
  readonly done: Promise<void>;
  /** Asks nothing more, takes no more answers, and says what has come. */
  readonly stop: () => { definitions: readonly GatheredDefinition[]; leftOut: DefinitionsLeftOut };
}

interface Question {
  readonly identifier: Identifier;
  readonly kind: "definition" | "typeDefinition";
}

type TargetAnswer =
  | { readonly kind: "found"; readonly target: LookupTarget; readonly place: Place; readonly source: DeclarationSource }
  | { readonly kind: "definitionsStale" | "definitionsElsewhere" | "definitionsUnreadable" };

type Answer =
  | { readonly kind: "answered"; readonly targets: readonly TargetAnswer[]; readonly more: number }
  | { readonly kind: "definitionsStale" | "definitionsFailed" };

export function askDefinitions(point: CapturePoint, guard: GatherGuard, { lookups, placeOf }: AskingDeps): Asking {
  const { excerpt, document } = point.snapshot;
  const identifiers = identifiersAround({ ...excerpt, languageId: document.languageId }, point.cursor);
  const questions = identifiers.slice(0, maxIdentifiers).flatMap((identifier): Question[] => [
    { identifier, kind: "definition" },
    { identifier, kind: "typeDefinition" },
  ]);
  const answers: (Answer | undefined)[] = questions.map(() => undefined);
  const sources = new Map<string, Promise<DeclarationSource | "definitionsStale" | "definitionsUnreadable">>();
  const collected = collect(point);
  let asked = 0;
  let taken = 0;
  let stopped = false;

  async function answer({ identifier, kind }: Question): Promise<Answer> {
    let targets: readonly LookupTarget[];
    try {
      targets = await lookups[kind](point.uri, identifier.at);
    } catch {
      // A provider's own fault: what it says may hold code, so it is counted and not told.
      return { kind: "definitionsFailed" };
    }
    if (!guard.isUnchanged(point.uri)) return { kind: "definitionsStale" };
    const first = targets.slice(0, maxTargetsEach);
    return {
      kind: "answered",
      targets: await Promise.all(first.map(targetAnswer)),
      more: targets.length - first.length,
    };
  }

  async function targetAnswer(target: LookupTarget): Promise<TargetAnswer> {
    const { uri } = target;
    const place = uri === point.uri ? { path: document.path, external: false } : placeOf(uri);
    if (place === null) return { kind: "definitionsElsewhere" };
    const known = sources.get(uri) ?? sourceOf(uri);
    sources.set(uri, known);
    const source = await known;
    return typeof source === "string" ? { kind: source } : { kind: "found", target, place, source };
  }

  async function sourceOf(uri: string): Promise<DeclarationSource | "definitionsStale" | "definitionsUnreadable"> {
    try {
      const [read, symbols] = await Promise.all([
        uri === point.uri ? point.text : lookups.text(uri, contentLimits.bytes),
        lookups.symbols(uri).catch(() => []),
      ]);
      if (!guard.isUnchanged(uri)) return "definitionsStale";
      if (read === null) return "definitionsUnreadable";
      const { text } = normalizeLineEnds(read);
      return { text, languageId: document.languageId, symbols, starts: lineStarts(text) };
    } catch {
      // What the disk says holds a path of somebody's machine.
      return "definitionsUnreadable";
    }
  }

  /** Takes over, in order, what has its answer. */
  function takeOver(upTo: "theFirstWithout" | "theEnd") {
    while (taken < answers.length && !collected.isFull()) {
      const found = answers[taken];
      if (found === undefined && upTo === "theFirstWithout") return;
      const question = questions[taken++];
      if (question) collected.take(question, found);
    }
  }

  async function work(): Promise<void> {
    while (!stopped && !collected.isFull() && !guard.signal.aborted) {
      const at = asked++;
      const question = questions[at];
      if (question === undefined) return;
      const found = await answer(question);
      if (stopped) return;
      answers[at] = found;
      takeOver("theFirstWithout");
    }
  }

  const done = Promise.all(Array.from({ length: maxAtOnce }, work)).then(() => undefined);
  return {
    done,
    stop() {
      stopped = true;
      takeOver("theEnd");
      const { definitions, leftOut } = collected;
      return { definitions, leftOut: { ...leftOut, identifiers: Math.max(0, identifiers.length - maxIdentifiers) } };
    },
  };
}

/** Definitions in the order of their questions, each once and within the limits. */
function collect(point: CapturePoint) {
  const { excerpt } = point.snapshot;
  const excerptEnd = excerpt.startLine + excerpt.text.split("\n").length;
  const definitions: GatheredDefinition[] = [];
  const leftOut: DefinitionsLeftOut = {
    identifiers: 0,
    definitions: 0,
    definitionsLate: 0,
    definitionsFailed: 0,
    definitionsStale: 0,
    definitionsElsewhere: 0,
    definitionsUnreadable: 0,
  };
  /** Lines that stand in a definition already, by file. */
  const shown = new Map<string, Set<number>>();
  let bytes = 0;
  let full = false;

  function add({ identifier, kind }: Question, { target, place, source }: TargetAnswer & { kind: "found" }) {
    const { uri, range, name = range } = target;
    if (uri === point.uri && name.start.line >= excerpt.startLine && name.start.line < excerptEnd) return;
    const known = shown.get(uri) ?? new Set<number>();
    if (known.has(name.start.line)) return;
    const outline = outlineOf(source, target);
    if (outline === null || outline.text.trim() === "" || outline.lines.every((line) => known.has(line))) return;
    bytes += utf8Length(outline.text);
    if (definitions.length === SNAPSHOT_LIMITS.definitions || bytes > SNAPSHOT_LIMITS.definitionsBytes) {
      leftOut.definitions++;
      full = true;
      return;
    }
    shown.set(uri, new Set([...known, ...outline.lines]));
    const { startLine, text, unclipped } = outline;
    definitions.push({ uri, record: { symbol: identifier.name, kind, startLine, text, ...place }, unclipped });
  }

  return {
    definitions,
    leftOut,
    isFull: () => full,
    /** @param answer undefined where it did not come in time */
    take(question: Question, answer: Answer | undefined) {
      if (answer === undefined) leftOut.definitionsLate++;
      else if (answer.kind !== "answered") leftOut[answer.kind]++;
      else {
        leftOut.definitions += answer.more;
        for (const each of answer.targets) {
          if (each.kind !== "found") leftOut[each.kind]++;
          else if (full) leftOut.definitions++;
          else add(question, each);
        }
      }
    },
  };
}
