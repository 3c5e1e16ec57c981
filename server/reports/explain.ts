/** Every stage's decision on one example, as a page that a person reads from top to bottom. */
import type { Example, Expected, Rejected } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../shared/text/unified-diff.ts";
import { scoreLines } from "./explain-scores.ts";
import { answerSentence, bandSentence, sampleSentence, sourceSentence } from "./explain-sentences.ts";
import type { Page } from "./terminal.ts";
import { clip, formatCount, listCounts, plural, printable, wrap } from "./terminal.ts";

/** Lines of one diff that are shown unless everything is asked for. */
const maxDiffLines = 30;
/** Samples that are shown with their change, the closest ones first. */
const maxSamples = 5;
const maxDefinitions = 8;

export interface ExplainOptions {
  /** Everything in full, however long. */
  readonly full: boolean;
}

/** Draws in the order in which the stages ran. */
class Explanation {
  readonly #example: Example;
  readonly #page: Page;
  readonly #full: boolean;
  readonly #lines: string[] = [];

  constructor(example: Example, page: Page, options: ExplainOptions) {
    this.#example = example;
    this.#page = page;
    this.#full = options.full;
  }

  render(): string {
    this.#head();
    this.#history();
    this.#surroundings();
    this.#settled();
    this.#redaction();
    this.#split();
    this.#teacher();
    this.#repair();
    this.#samples();
    this.#selection();
    this.#shown();
    this.#target();
    this.#labels();
    this.#verdict();
    return this.#lines.join("\n");
  }

  #head(): void {
    const { id, snapshot } = this.#example;
    const { document, excerpt, cursor, editable } = snapshot;
    const lineOf = (offset: number) => excerpt.startLine + excerpt.text.slice(0, offset).split("\n").length;
    const last = Math.max(lineOf(editable.start), lineOf(Math.max(editable.start, editable.end - 1)));
    this.#lines.push(this.#page.style("bold", `Example ${id}`));
    this.#say(sourceSentence(this.#example));
    this.#say(
      `${document.path} (${document.languageId}, ${plural(document.lineCount, "line")}); cursor on line ${lineOf(cursor)}, ` +
        `editable region lines ${lineOf(editable.start)} to ${last} (${formatCount(regionBefore(snapshot).length)} characters)`,
    );
    const { dropped } = this.#example;
    if (!dropped) return;
    const why = dropped.detail === undefined ? "" : `: ${dropped.detail}`;
    this.#say(this.#page.style("yellow", printable(`Fell out at ${dropped.stage}, ${dropped.reason}${why}.`)));
  }

  #history(): void {
    const { history } = this.#example.snapshot;
    this.#title("Edit history", history.length === 0 ? "none" : `${plural(history.length, "edit")}, newest last`);
    for (const entry of history) this.#entry(entry);
  }

  #entry({ path, origin, diff }: HistoryEntry): void {
    const how = [
      ...(origin === "unknown" ? [] : [origin]),
      ...(diff === undefined ? ["too big to show intent"] : []),
    ].join(", ");
    this.#say(how === "" ? path : `${path} (${how})`);
    if (diff !== undefined) this.#diff(diff);
  }

  #surroundings(): void {
    const { diagnostics, definitions } = this.#example.snapshot;
    if (diagnostics.length > 0) this.#title("Diagnostics", plural(diagnostics.length, "message"));
    for (const { severity, message, startLine } of diagnostics) {
      this.#say(`line ${startLine + 1} ${["error", "warning", "information", "hint"][severity - 1]}: ${message}`);
    }
    if (definitions.length === 0) return;
    this.#title("Definitions", plural(definitions.length, "excerpt"));
    const shown = this.#full ? definitions : definitions.slice(0, maxDefinitions);
    for (const { symbol, kind, path, startLine } of shown) this.#say(`${symbol}: ${kind} in ${path}:${startLine + 1}`);
    if (shown.length < definitions.length) this.#say(`and ${definitions.length - shown.length} more; --full shows all`);
  }

  #settled(): void {
    const { settlement } = this.#example;
    if (!settlement) {
      this.#title("What the person did next", "nobody knows");
      return;
    }
    const { edits, provenance, waitedMs } = settlement;
    const facts = [
      plural(edits, "edit"),
      ...(provenance === "unknown" ? [] : [provenance]),
      ...(waitedMs === undefined ? [] : [`settled after ${(waitedMs / 1000).toFixed(1)} s`]),
    ];
    this.#title("What the person did next", facts.join(", "));
    this.#change(settlement.text);
  }

  #redaction(): void {
    const { redaction } = this.#example;
    if (!redaction) {
      this.#title("redact", "has not run: goes to no model but builtin or one on this machine");
      return;
    }
    const found = listCounts(redaction.counts);
    this.#title("redact", found === "" ? "found nothing" : `took out ${found}`);
  }

  #split(): void {
    const { split } = this.#example;
    if (split) this.#title("split", `${split.name}, with its group ${split.group}`);
  }

  #teacher(): void {
    for (const prediction of this.#example.teacher?.predictions ?? []) this.#prediction("distill", prediction);
  }

  #prediction(stage: string, prediction: Prediction, why = ""): void {
    this.#title(stage, `${why}${answerSentence(prediction)}`);
    if (prediction.error !== undefined) this.#say(this.#page.style("red", `failed: ${prediction.error}`));
    else if (prediction.noEdit) this.#say("says that no edit is right");
    else this.#change(prediction.text ?? "");
    const scores = this.#example.scores?.[prediction.id];
    if (scores) {
      this.#title("score", "the answer held against what the person did");
      this.#lines.push(...scoreLines(scores).map((line) => this.#indented(line)));
    }
    const judged = this.#example.qa?.[prediction.id];
    if (!judged) return;
    const opinion = judged.reverts ? "says that it reverts the person's edit" : "sees no reverting";
    this.#say(`qa: ${judged.model} ${opinion}, confidence ${judged.confidence} of 5: ${judged.reasoning}`);
  }

  #repair(): void {
    const { repair } = this.#example;
    if (!repair) {
      if (this.#example.teacher) this.#title("repair", "not asked again");
      return;
    }
    const why = `asked again because of ${repair.triggers.join(", ")}`;
    if (!repair.prediction) {
      this.#title("repair", `${why}; ${repair.kept ? "the teacher stands by its first answer" : "no answer passed"}`);
      return;
    }
    this.#prediction("repair", repair.prediction, `${why}${repair.kept ? "; it stands by its first answer" : ""}; `);
  }

  #samples(): void {
    const { samples, selection } = this.#example;
    if (!samples) return;
    const came = samples.distinct.reduce((sum, { count }) => sum + count, 0);
    this.#title(
      "sample",
      `${samples.model}: ${came} of ${samples.requested} that were asked for, ${samples.distinct.length} distinct`,
    );
    const indexed = samples.distinct.map((sample, index) => ({ sample, index }));
    const far = (sample: { distance?: number | undefined }) => sample.distance ?? Number.POSITIVE_INFINITY;
    const closestFirst = indexed.toSorted((a, b) => far(a.sample) - far(b.sample) || a.index - b.index);
    const shown = this.#full ? closestFirst : closestFirst.slice(0, maxSamples);
    for (const [rank, { sample, index }] of shown.entries()) {
      const role =
        selection?.closest === index ? ", the closest" : selection?.farthest === index ? ", the farthest" : "";
      this.#say(`#${rank + 1}: ${sampleSentence(sample)}${role}`);
      if (sample.noEdit) this.#code(["no edit"]);
      else this.#change(sample.text ?? "");
    }
    if (shown.length < indexed.length) this.#say(`and ${indexed.length - shown.length} more; --full shows all`);
  }

  #selection(): void {
    const { selection } = this.#example;
    if (!selection) return;
    this.#title("settle", selection.band);
    this.#say(bandSentence(this.#example));
    if (selection.diagnosticsResolved === null) return;
    this.#say(
      `${Math.round(100 * selection.diagnosticsResolved)}% of the region's diagnostics were gone after settling`,
    );
  }

  #shown(): void {
    for (const shown of this.#example.shown ?? []) {
      this.#title("shown to a person", `${shown.model}, ${shown.variant}: ${shown.outcome ?? "outcome not known"}`);
      if (shown.noEdit) this.#code(["no edit"]);
      else this.#change(shown.text ?? "");
      for (const { verdict, categories, comment } of shown.ratings) {
        this.#say(
          `rated ${verdict}${categories.length > 0 ? ` (${categories.join(", ")})` : ""}${comment ? `: ${comment}` : ""}`,
        );
      }
    }
  }

  #target(): void {
    const { expected, rejected } = this.#example;
    if (expected) this.#answer("expect: the target", expected);
    if (rejected) this.#answer("expect: to prefer it to", rejected);
  }

  #answer(title: string, { text, from }: Expected | Rejected): void {
    this.#title(title, `from ${from}`);
    this.#change(text);
  }

  #labels(): void {
    const { labels, quality, flags, review } = this.#example;
    if (labels) this.#title("label", `${labels.location}, ${labels.intent}, ${labels.difficulty} (by ${labels.by})`);
    if (quality) this.#title("rate", `${quality.score} of 5: ${quality.reason}`);
    for (const { reason, detail } of flags ?? []) {
      this.#title("filter", `marked ${reason}${detail === undefined ? "" : `: ${detail}`}`);
    }
    if (review) this.#title("review", review);
  }

  #verdict(): void {
    const { dropped, expected } = this.#example;
    this.#lines.push("");
    if (dropped)
      this.#say(this.#page.style("yellow", `Not in a dataset: fell out at ${dropped.stage} (${dropped.reason}).`));
    else if (expected) this.#say(this.#page.style("green", "Ready for a dataset."));
    else this.#say("No target yet: expect has not run.");
  }

  #title(title: string, what: string): void {
    const [first = "", ...more] = wrap(printable(what), Math.max(20, this.#page.columns - title.length - 3));
    this.#lines.push("", `${this.#page.style("bold", title)}  ${first}`, ...more.map((line) => this.#indented(line)));
  }

  #say(sentence: string): void {
    for (const line of wrap(printable(sentence), this.#page.columns - 2)) this.#lines.push(this.#indented(line));
  }

  #indented(line: string): string {
    return `  ${line}`;
  }

  /** The region before against `text`, as a diff without its headers. */
  #change(text: string): void {
    const diff = unifiedDiff(regionBefore(this.#example.snapshot), text, { path: "region" });
    if (diff === "") this.#code(["no change"]);
    else this.#diff(diff);
  }

  #diff(diff: string): void {
    const lines = diff.split("\n").filter((line, index, all) => index < all.length - 1 || line !== "");
    this.#code(lines.filter((line, index) => index > 1 || !/^(?:---|\+\+\+) /u.test(line)));
  }

  #code(lines: readonly string[]): void {
    const shown = this.#full ? lines : lines.slice(0, maxDiffLines);
    for (const line of shown) {
      const clipped = clip(printable(line), this.#page.columns - 4);
      const style = line.startsWith("+")
        ? "green"
        : line.startsWith("-")
          ? "red"
          : line.startsWith("@@")
            ? "cyan"
            : undefined;
      this.#lines.push(`    ${style ? this.#page.style(style, clipped) : clipped}`);
    }
    if (shown.length < lines.length) {
      this.#lines.push(
        this.#page.style("dim", `    … ${plural(lines.length - shown.length, "more line")}; --full shows all`),
      );
    }
  }
}

export function explainExample(example: Example, page: Page, options: ExplainOptions): string {
  return new Explanation(example, page, options).render();
}
