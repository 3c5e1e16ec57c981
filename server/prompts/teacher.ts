/** The teacher's prompt: a large model that was never trained on this task is told all about it. */
import type { Diagnostic, Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { Prompt } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import { fenced } from "./fences.ts";
import type { ShownEdit } from "./history.ts";
import { shownHistory } from "./history.ts";
import { CURSOR, escapeMarkers, REGION_END, REGION_START } from "./markers.ts";
import { parseTeacherAnswer } from "./parse-teacher.ts";
import type { PromptFormat } from "./prompt-format.ts";
import { templateVersion } from "./prompt-format.ts";
import { encodeBlock } from "./region-block.ts";
import { SYSTEM_PROMPT } from "./teacher-template.ts";
import { maxOutputTokens, THINKING_TOKENS } from "./tokens.ts";

const SEVERITIES = { 1: "error", 2: "warning", 3: "information", 4: "hint" } as const;

/** How an edit came about, where it says something about intent. */
const ORIGINS: Readonly<Record<ShownEdit["origin"], string>> = {
  typed: "",
  unknown: "",
  pasted: " (pasted)",
  prediction: " (accepted prediction)",
  undo: " (undo)",
  bulk: " (many changes at once)",
};

const versionFor = templateVersion("teacher-1", (snapshot, options) => SYSTEM_PROMPT + renderCase(snapshot, options));

export const teacherFormat: PromptFormat = {
  name: "teacher",
  version: versionFor(DEFAULT_CONTEXT),
  versionFor,
  render: renderTeacherPrompt,
  parse: parseTeacherAnswer,
};

export function renderTeacherPrompt(snapshot: Snapshot, options: ContextOptions): Prompt {
  return {
    version: versionFor(options),
    system: SYSTEM_PROMPT,
    messages: [{ role: "user", content: renderCase(snapshot, options) }],
    maxOutputTokens: maxOutputTokens(regionBefore(snapshot), THINKING_TOKENS),
  };
}

/** The case itself: history, definitions, diagnostics and file, without instructions. */
export function renderCase(snapshot: Snapshot, options: ContextOptions): string {
  const sections = [
    renderHistory(snapshot, options),
    renderDefinitions(snapshot, options),
    renderDiagnostics(snapshot, options),
    renderFile(snapshot),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function renderHistory(snapshot: Snapshot, options: ContextOptions): string {
  const edits = shownHistory(snapshot.history, options.historyLength).map(({ path, origin, hunks, omittedLines }) => {
    const heading = `\`${path}\`${ORIGINS[origin]}`;
    if (hunks === undefined) return `${heading}: not shown`;
    const cut = omittedLines > 0 ? `, without its first ${omittedLines} lines` : "";
    return `${heading}${cut}\n${fenced(hunks, "diff")}`;
  });
  return `# Edit history\n\n${edits.length > 0 ? edits.join("\n\n") : "None."}`;
}

function renderDefinitions(snapshot: Snapshot, options: ContextOptions): string {
  const shown = snapshot.definitions.slice(0, options.definitions).map((definition) => {
    const place = `${definition.path}, line ${definition.startLine + 1}${definition.external ? ", from a library" : ""}`;
    return escapeMarkers(`\`${definition.symbol}\` (${place})\n${fenced(definition.text, "")}`);
  });
  return shown.length > 0 ? `# Definitions\n\n${shown.join("\n\n")}` : "";
}

function renderDiagnostics(snapshot: Snapshot, options: ContextOptions): string {
  if (!options.diagnostics || snapshot.diagnostics.length === 0) return "";
  return `# Diagnostics\n\n${snapshot.diagnostics.map(renderDiagnostic).join("\n")}`;
}

/** One item of a list: a message of several lines is indented below its first, and the code it is about follows. */
function renderDiagnostic({ severity, message, source, code, startLine, snippet }: Diagnostic): string {
  const origin = [source, code].filter((part) => part !== undefined).join(" ");
  const text = `${SEVERITIES[severity]} in line ${startLine + 1}: ${message}${origin === "" ? "" : ` (${origin})`}`;
  const about = snippet.trim() === "" ? "" : `\n${snippet.trim()}`;
  return escapeMarkers(`- ${text.trimEnd()}${about}`.replaceAll("\n", "\n  "));
}

function renderFile(snapshot: Snapshot): string {
  const { document, excerpt } = snapshot;
  const where = `\`${escapeMarkers(document.path)}\` (${document.languageId}), from line ${excerpt.startLine + 1}`;
  return `# Current file\n\n${where}\n${fenced(renderExcerpt(snapshot), document.languageId)}`;
}

/** The excerpt with the region and the cursor marked. */
function renderExcerpt({ excerpt, editable, cursor }: Snapshot): string {
  const region = excerpt.text.slice(editable.start, editable.end);
  const block = encodeBlock({ text: region, cursor: cursor - editable.start }, region, CURSOR);
  const above = escapeMarkers(excerpt.text.slice(0, editable.start));
  const below = escapeMarkers(excerpt.text.slice(editable.end));
  return `${above}${REGION_START}\n${block}${REGION_END}\n${below}`;
}
