/** A snapshot, its settlement, and every other event as a document that a person can read. */
import type { Event } from "../../shared/records/event.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Diagnostic, HistoryEntry, Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../shared/text/unified-diff.ts";
import type { Translate } from "../translate.ts";
import { switchText } from "./consent-text.ts";
import { code, fence, table } from "./markdown.ts";
import { occasionText, originText, provenanceText } from "./record-words.ts";

/** Marks in the excerpt; no character of them is in any language's code. */
const marks = { start: "⟦", end: "⟧", cursor: "▮" } as const;

export function eventMarkdown(event: Event, t: Translate): string {
  const head = [`# ${titleOf(event, t)}`, eventFacts(event, t)];
  switch (event.type) {
    case "snapshot.settled":
      return document([
        ...head,
        ...snapshotSections(event.snapshot, t, nextSections(event, t)),
        ...afterSections(event.settlement, t),
        whole(event, t),
      ]);
    case "prediction.made":
      return document([...head, ...snapshotSections(event.snapshot, t), whole(event, t)]);
    default:
      return document([...head, whole(event, t)]);
  }
}

/** A snapshot that has not settled: the reader's own on the page where they decide, and the newest one. */
export function snapshotMarkdown(snapshot: Snapshot, t: Translate): string {
  return document([
    `# ${t("Snapshot of {path}", { path: code(snapshot.document.path) })}`,
    ...snapshotSections(snapshot, t),
  ]);
}

export function titleOf(event: Event, t: Translate): string {
  switch (event.type) {
    case "snapshot.settled":
      return t("Settled snapshot of {path}", { path: code(event.snapshot.document.path) });
    case "prediction.made":
      return t("Prediction in {path}", { path: code(event.snapshot.document.path) });
    case "prediction.outcome":
      return t("What became of a prediction: {outcome}", { outcome: event.outcome });
    case "prediction.kept":
      return t("How much of a prediction was kept");
    case "rating.given":
      return t("A rating");
    case "rating.withdrawn":
      return t("A rating withdrawn");
    case "consent.changed":
      return event.to
        ? t("Consent given: {switch}", { switch: switchText(event.switch, t).title })
        : t("Consent withdrawn: {switch}", { switch: switchText(event.switch, t).title });
  }
}

function document(sections: readonly string[]): string {
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function eventFacts(event: Event, t: Translate): string {
  return table(
    [t("Event"), ""],
    [
      [t("Made at"), event.at],
      [t("Id"), code(event.id)],
      [t("Consent, version of the text"), String(event.consentVersion)],
    ],
  );
}

/** @param next what was written there, behind the text that it is to be compared with */
function snapshotSections(snapshot: Snapshot, t: Translate, next: readonly string[] = []): string[] {
  const { document: file, excerpt, repo } = snapshot;
  const facts: [string, string][] = [
    [t("File"), code(file.path)],
    [t("Language"), code(file.languageId)],
    [t("Lines in the file"), String(file.lineCount)],
    [t("Captured at"), snapshot.capturedAt],
    [t("Occasion"), occasionText(snapshot.trigger, t)],
    ...(repo?.remote === undefined ? [] : [[t("Repository"), code(repo.remote)] as [string, string]]),
    ...(repo?.revision === undefined ? [] : [[t("Revision"), code(repo.revision)] as [string, string]]),
    ...(repo?.licence === undefined ? [] : [[t("Licence"), code(repo.licence)] as [string, string]]),
  ];
  return [
    table([t("Snapshot"), ""], facts),
    `## ${t("The text around the cursor")}`,
    t(
      "From line {line}. {start} and {end} enclose the region that a prediction may rewrite, {cursor} is the cursor; the marks are not part of the snapshot.",
      { line: excerpt.startLine + 1, ...marks },
    ),
    fence(markedExcerpt(snapshot), file.languageId),
    ...next,
    `## ${t("The edits before, newest last")}`,
    ...historySections(snapshot.history, t),
    `## ${t("Problems that were shown")}`,
    diagnosticsTable(snapshot.diagnostics, t),
    `## ${t("Definitions of what was used")}`,
    ...definitionSections(snapshot, t),
  ];
}

function markedExcerpt({ excerpt: { text }, editable: { start, end }, cursor }: Snapshot): string {
  const before = text.slice(0, start);
  const region = `${text.slice(start, cursor)}${marks.cursor}${text.slice(cursor, end)}`;
  return `${before}${marks.start}${region}${marks.end}${text.slice(end)}`;
}

function nextSections({ snapshot, settlement }: { snapshot: Snapshot; settlement: Settlement }, t: Translate) {
  const { text, unchanged, edits, waitedMs, settledAt } = settlement;
  const seconds = waitedMs === undefined ? "–" : (waitedMs / 1_000).toFixed(1);
  return [
    `## ${t("What you wrote next")}`,
    unchanged
      ? t("Nothing: the region stayed as it was.")
      : fence(unifiedDiff(regionBefore(snapshot), text, { path: snapshot.document.path }), "diff"),
    table(
      [t("Settlement"), ""],
      [
        [t("Settled at"), settledAt],
        [t("After, in seconds"), seconds],
        [t("Edits in the region"), String(edits)],
        [t("Made by"), provenanceText(settlement.provenance, t)],
      ],
    ),
  ];
}

function afterSections({ futureHistory, diagnosticsAfter }: Settlement, t: Translate): string[] {
  return [
    ...(futureHistory.length === 0
      ? []
      : [`## ${t("The edits after, newest last")}`, ...historySections(futureHistory, t)]),
    `## ${t("Problems afterwards")}`,
    diagnosticsTable(diagnosticsAfter, t),
  ];
}

function historySections(history: readonly HistoryEntry[], t: Translate): string[] {
  if (history.length === 0) return [none(t)];
  return history.flatMap(({ path, diff, origin }) => [
    t("In {path}, {origin}:", { path: code(path), origin: originText(origin, t) }),
    diff === undefined ? t("Too big to be kept; its text is left out.") : fence(diff, "diff"),
  ]);
}

function diagnosticsTable(diagnostics: readonly Diagnostic[], t: Translate): string {
  if (diagnostics.length === 0) return none(t);
  const severities = [t("error"), t("warning"), t("information"), t("hint")];
  return table(
    [t("Line"), t("Kind"), t("Message"), t("Code shown")],
    diagnostics.map(({ startLine, severity, message, snippet }) => [
      String(startLine + 1),
      severities[severity - 1] ?? "",
      code(message),
      code(snippet),
    ]),
  );
}

function definitionSections({ definitions, document: file }: Snapshot, t: Translate): string[] {
  if (definitions.length === 0) return [none(t)];
  return definitions.flatMap(({ symbol, path, startLine, text, external }) => [
    external
      ? t("{symbol}, from a dependency, {path}, line {line}:", {
          symbol: code(symbol),
          path: code(path),
          line: startLine + 1,
        })
      : t("{symbol}, in {path}, line {line}:", { symbol: code(symbol), path: code(path), line: startLine + 1 }),
    fence(text, file.languageId),
  ]);
}

function none(t: Translate): string {
  return t("None.");
}

/** Nothing is sent that the reader could not see here. */
function whole(event: Event, t: Translate): string {
  return [`## ${t("All of it, as it is sent")}`, fence(JSON.stringify(event, null, 2), "json")].join("\n\n");
}
