/** What is in a file of examples: the funnel, and how those that are left are made up. */
import type { Example } from "../../shared/records/example.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { Funnel } from "./funnel.ts";
import { funnelCounter, renderFunnel } from "./funnel.ts";
import type { DistanceHistogram } from "./histogram.ts";
import { binLabel, coarseBins, distanceCounter } from "./histogram.ts";
import type { Page } from "./terminal.ts";
import { bar, byCount, clip, formatCount, formatShare, listCounts, plural, printableName } from "./terminal.ts";

type Counts = Readonly<Record<string, number>>;

/** The bands' bounds are no part of it: an example says its band, not by which settings. */
type Distances = Pick<DistanceHistogram, "bins" | "measured" | "unchanged">;

/** Everything but the funnel, the distances and the answers is counted over the examples that have not fallen out. */
export interface Stats {
  readonly funnel: Funnel;
  readonly sources: Counts;
  readonly languages: Counts;
  readonly splits: Counts;
  readonly targets: Counts;
  readonly rejected: Counts;
  readonly bands: Counts;
  /** Examples whose region the person changed, left as it was, or of which nobody knows. */
  readonly settlements: Counts;
  /** Of every example that `settle` placed, fallen out or not. */
  readonly distances: Distances;
  /** Every answer of a teacher: `edit`, `noEdit`, or how it failed. */
  readonly answers: Counts;
  readonly repair: {
    /** Examples whose teacher was asked again. */
    readonly asked: number;
    /** Why, several a time. */
    readonly triggers: Counts;
    /** The second answer stood, the teacher stood by its first one, or the example fell out. */
    readonly outcomes: Counts;
  };
  /** A judge's opinions of the teacher's answers. */
  readonly judged: {
    readonly answers: number;
    /** Of these, called reversals of what the person did. */
    readonly reverts: number;
    /** By how sure the judge is, from 1 to 5. */
    readonly confidence: Counts;
  };
  /** By kind of label. */
  readonly labels: { readonly location: Counts; readonly intent: Counts; readonly difficulty: Counts };
  /** By score, from 1 to 5. */
  readonly quality: Counts;
  /** What `filter` marked, several an example. */
  readonly flags: Counts;
  readonly redaction: {
    /** Examples that went through `redact`. */
    readonly looked: number;
    /** Of these, ones in which something was found. */
    readonly found: number;
    readonly kinds: Counts;
  };
}

export interface StatsCounter {
  add(example: Example): void;
  result(): Stats;
}

/** Room for each distinct language, reason and kind; for no example. */
export function statsCounter(): StatsCounter {
  const funnel = funnelCounter();
  const distances = distanceCounter(0);
  const sources = new Tally();
  const languages = new Tally();
  const splits = new Tally();
  const targets = new Tally();
  const rejected = new Tally();
  const bands = new Tally();
  const settlements = new Tally();
  const answers = new Tally();
  const triggers = new Tally();
  const outcomes = new Tally();
  const confidence = new Tally();
  const locations = new Tally();
  const intents = new Tally();
  const difficulties = new Tally();
  const quality = new Tally();
  const flags = new Tally();
  const kinds = new Tally();
  let asked = 0;
  let judged = 0;
  let reverts = 0;
  let looked = 0;
  let found = 0;
  return {
    add(example) {
      funnel.add(example);
      distances.add(example);
      for (const { noEdit, error } of example.teacher?.predictions ?? [])
        answers.add(error ?? (noEdit ? "noEdit" : "edit"));
      for (const opinion of Object.values(example.qa ?? {})) {
        judged++;
        if (opinion.reverts) reverts++;
        confidence.add(`${opinion.confidence} of 5`);
      }
      if (example.repair) {
        asked++;
        for (const trigger of example.repair.triggers) triggers.add(trigger);
        outcomes.add(example.repair.kept ? "kept" : example.dropped?.stage === "repair" ? "lost" : "repaired");
      }
      if (example.redaction) {
        looked++;
        const counts = Object.entries(example.redaction.counts).filter(([, count]) => count > 0);
        if (counts.length > 0) found++;
        for (const [kind, count] of counts) kinds.add(kind, count);
      }
      if (example.dropped) return;
      sources.add(example.source.kind);
      languages.add(example.snapshot.document.languageId);
      splits.add(example.split?.name ?? "none");
      if (example.expected) targets.add(example.expected.from);
      if (example.rejected) rejected.add(example.rejected.from);
      if (example.selection) bands.add(example.selection.band);
      settlements.add(settlementOf(example));
      if (example.labels) {
        locations.add(example.labels.location);
        intents.add(example.labels.intent);
        difficulties.add(example.labels.difficulty);
      }
      if (example.quality) quality.add(`${example.quality.score} of 5`);
      for (const { reason } of example.flags ?? []) flags.add(reason);
    },
    result: () => ({
      funnel: funnel.result(),
      sources: sources.counts(),
      languages: languages.counts(),
      splits: splits.counts(),
      targets: targets.counts(),
      rejected: rejected.counts(),
      bands: bands.counts(),
      settlements: settlements.counts(),
      distances: withoutBands(distances.histogram()),
      answers: answers.counts(),
      repair: { asked, triggers: triggers.counts(), outcomes: outcomes.counts() },
      judged: { answers: judged, reverts, confidence: confidence.counts() },
      labels: { location: locations.counts(), intent: intents.counts(), difficulty: difficulties.counts() },
      quality: quality.counts(),
      flags: flags.counts(),
      redaction: { looked, found, kinds: kinds.counts() },
    }),
  };
}

function settlementOf({ settlement, snapshot }: Example): string {
  if (!settlement) return "unknown";
  return settlement.text === regionBefore(snapshot) ? "unchanged" : "changed";
}

class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** The most frequent first, so that JSON reads as the page does. */
  counts(): Counts {
    return Object.fromEntries(byCount(Object.fromEntries(this.#counts)));
  }
}

const minNameWidth = 14;
/** The longest label. */
const maxNameWidth = 23;
const countWidth = 9;
const maxBarWidth = 40;
/** Of the histogram, in relative distance. */
const rowWidth = 0.1;
/** More languages than this share the last line. */
const maxRows = 12;

export function renderStats(stats: Stats, page: Page): string {
  const sections = [
    ["Funnel", renderFunnel(stats.funnel, page)],
    ["Split", bars(stats.splits, page)],
    ["Languages", bars(stats.languages, page)],
    ["Sources", bars(stats.sources, page)],
    ["Settled regions", bars(stats.settlements, page)],
    ["Teacher's answers", bars(stats.answers, page)],
    ["Judge's confidence", judgedLines(stats, page)],
    ["Repair", repairLines(stats)],
    [
      "Distance of the closest sample to the settled text (1: no better than no edit)",
      distanceBars(stats.distances, page),
    ],
    ["Bands of those left", bars(stats.bands, page)],
    ["Targets", bars(stats.targets, page)],
    ["Rejected answers", bars(stats.rejected, page)],
    ["Where the edit is", bars(stats.labels.location, page)],
    ["Why it follows", bars(stats.labels.intent, page)],
    ["How hard it is", bars(stats.labels.difficulty, page)],
    ["Worth to a student", bars(stats.quality, page)],
    ["Marked by filter", bars(stats.flags, page)],
    ["Redaction", redactionLines(stats)],
  ] as const;
  return sections
    .filter(([, body]) => body !== "")
    .map(([title, body]) => `${page.style("bold", title)}\n${body}`)
    .join("\n\n");
}

function bars(counts: Counts, page: Page): string {
  const all = byCount(counts);
  const rows = all.length <= maxRows ? all : all.slice(0, maxRows - 1);
  const rest = all.slice(rows.length).reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) rows.push([`${all.length - rows.length} others`, rest]);
  return barLines(rows, page);
}

function barLines(rows: readonly (readonly [string, number])[], { columns, style }: Page): string {
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(...rows.map(([, count]) => count));
  const longest = Math.max(0, ...rows.map(([name]) => name.length));
  const nameWidth = Math.min(maxNameWidth, Math.max(minNameWidth, longest));
  const width = Math.min(maxBarWidth, columns - nameWidth - countWidth - 8);
  return rows
    .map(([name, count]) => {
      const figures = `${formatCount(count).padStart(countWidth)}${formatShare(count, total).padStart(5)}`;
      const drawn = width < 4 || count === 0 ? "" : `  ${style("cyan", bar(count / most, width))}`;
      return `${clip(printableName(name), nameWidth).padEnd(nameWidth)}${figures}${drawn}`;
    })
    .join("\n");
}

function withoutBands({ bins, measured, unchanged }: DistanceHistogram): Distances {
  return { bins, measured, unchanged };
}

function distanceBars(distances: Distances, page: Page): string {
  const { measured, unchanged } = distances;
  const rows = coarseBins(distances, rowWidth).map((bin): [string, number] => [binLabel(bin, 1), bin.count]);
  const lines = measured === 0 ? [] : [barLines(rows, page)];
  if (unchanged > 0) lines.push(`${plural(unchanged, "example")} in which nothing changed have no such distance`);
  return lines.join("\n");
}

function judgedLines({ judged: { answers, reverts, confidence } }: Stats, page: Page): string {
  if (answers === 0) return "";
  return `${bars(confidence, page)}\n${formatCount(reverts)} of ${plural(answers, "answer")} called a reversal`;
}

function repairLines({ repair: { asked, triggers, outcomes } }: Stats): string {
  if (asked === 0) return "";
  return `asked again for ${plural(asked, "example")}: ${listCounts(triggers)}\noutcome: ${listCounts(outcomes)}`;
}

function redactionLines({ redaction: { looked, found, kinds }, funnel }: Stats): string {
  if (looked === 0) return `no example of ${formatCount(funnel.total)} went through redact`;
  const what = found === 0 ? "" : `: ${listCounts(kinds)}`;
  return `${plural(looked, "example")} looked through, something found in ${formatCount(found)}${what}`;
}
