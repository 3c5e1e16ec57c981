/** What a prompt format is: a snapshot rendered, an answer read; a student format renders the answer too. */
import { sha256Hex } from "../../shared/ids.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { ParsedAnswer, Prompt } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import type { Target } from "./region-block.ts";

export interface PromptFormat {
  readonly name: string;
  /** `NAME-NUMBER:HASH8` with every context switch at its default; a prompt carries that of its own switches. */
  readonly version: string;
  /** The version that prompts rendered with these switches carry. */
  versionFor(options: ContextOptions): string;
  render(snapshot: Snapshot, options: ContextOptions): Prompt;
  parse(answer: string, snapshot: Snapshot): ParsedAnswer;
}

export interface StudentFormat extends PromptFormat {
  /** The whole prompt as one text, as it stands in a training row. */
  renderPrompt(snapshot: Snapshot, options: ContextOptions): string;
  /** What the student should answer; `parse` of it is the target again. */
  renderCompletion(target: Target, snapshot: Snapshot): string;
}

/**
 * A snapshot that shows everything a prompt can show. Its rendering stands for the template in a version's hash, so
 * that no change of the template, wherever in the code, leaves the version as it was.
 */
const PROBE: Snapshot = {
  document: { path: "probe/a.ts", languageId: "typescript", eol: "lf", lineCount: 5 },
  excerpt: { startLine: 0, text: "one\n\ntwo\nthree\nfour <|cursor|>\n" },
  cursor: 7,
  editable: { start: 4, end: 15 },
  history: [
    { path: "probe/b.ts", origin: "bulk" },
    { path: "probe/a.ts", origin: "prediction", diff: "--- a/probe/a.ts\n+++ b/probe/a.ts\n@@ -1 +1 @@\n-0\n+one\n" },
    { path: "probe/a.ts", origin: "typed", diff: "--- a/probe/a.ts\n+++ b/probe/a.ts\n@@ -3 +3 @@\n-2\n+two\n" },
  ],
  diagnostics: [
    { severity: 1, message: "bad\nworse", source: "probe", code: 1, startLine: 2, endLine: 2, snippet: "two" },
  ],
  definitions: [
    { symbol: "one", kind: "definition", path: "probe/b.ts", startLine: 6, text: "one()\n", external: false },
    { symbol: "two", kind: "typeDefinition", path: "p/c.ts", startLine: 0, text: "two()", external: true },
  ],
  trigger: "typing",
  capturedAt: "2026-01-01T00:00:00.000Z",
};

/** `NAME:HASH8`, where the hash is of the template's text and the switches. Computed once for each set of switches. */
export function templateVersion(
  name: string,
  renderText: (snapshot: Snapshot, options: ContextOptions) => string,
): (options: ContextOptions) => string {
  const versions = new Map<string, string>();
  return (options) => {
    const switches = JSON.stringify([options.diagnostics, options.definitions, options.historyLength]);
    const known = versions.get(switches);
    if (known !== undefined) return known;
    const version = `${name}:${sha256Hex(`${switches}\n${renderText(PROBE, options)}`).slice(0, 8)}`;
    versions.set(switches, version);
    return version;
  };
}

/** A student format of its own parts: no system prompt, one user message, as much room as the region may need. */
export function defineStudentFormat(parts: {
  readonly name: string;
  readonly renderPrompt: (snapshot: Snapshot, options: ContextOptions) => string;
  readonly renderCompletion: (target: Target, snapshot: Snapshot) => string;
  readonly parse: (answer: string, snapshot: Snapshot) => ParsedAnswer;
  readonly maxOutputTokens: (snapshot: Snapshot) => number;
}): StudentFormat {
  const version = templateVersion(
    `${parts.name}-1`,
    (snapshot, options) =>
      parts.renderPrompt(snapshot, options) + parts.renderCompletion({ text: "two\nthree\n", cursor: 3 }, snapshot),
  );
  return {
    name: parts.name,
    version: version(DEFAULT_CONTEXT),
    versionFor: version,
    render: (snapshot, options) => ({
      version: version(options),
      system: "",
      messages: [{ role: "user", content: parts.renderPrompt(snapshot, options) }],
      maxOutputTokens: parts.maxOutputTokens(snapshot),
    }),
    parse: parts.parse,
    renderPrompt: parts.renderPrompt,
    renderCompletion: parts.renderCompletion,
  };
}
