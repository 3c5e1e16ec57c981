/**
 * `zeta1`: the prompt of Zed's first Zeta model and of its published dataset (zed-industries/zeta): edits as diffs, then
 * an excerpt with the editable region and the cursor marked; the answer is the region again, between its markers. The
 * format has no place for definitions and diagnostics. Its words are part of the format.
 */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { ParsedAnswer } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { shownHistory } from "./history.ts";
import {
  END_OF_TEXT,
  escapeMarkers,
  ZETA1_CURSOR,
  ZETA1_REGION_END,
  ZETA1_REGION_START,
  ZETA1_START_OF_FILE,
} from "./markers.ts";
import { defineStudentFormat } from "./prompt-format.ts";
import type { Target } from "./region-block.ts";
import { decodeBlock, encodeBlock, normalizeAnswer } from "./region-block.ts";
import { excerptParts, studentOutputTokens } from "./student.ts";

const INSTRUCTION =
  "You are a code completion assistant and your task is to analyze user edits and then rewrite an excerpt that the " +
  "user provides, suggesting the appropriate edits within the excerpt, taking into account the cursor location.";

export const zeta1Format = defineStudentFormat({
  name: "zeta1",
  renderPrompt,
  renderCompletion,
  parse: parseCompletion,
  maxOutputTokens: studentOutputTokens,
});

function renderPrompt(snapshot: Snapshot, options: ContextOptions): string {
  return [
    "### Instruction:",
    INSTRUCTION,
    "### User Edits:",
    renderEdits(snapshot, options),
    "### User Excerpt:",
    renderExcerpt(snapshot),
    "### Response:\n",
  ].reduce((text, part, index) => `${text}${index === 0 ? "" : index === 1 ? "\n" : "\n\n"}${part}`, "");
}

function renderEdits(snapshot: Snapshot, options: ContextOptions): string {
  return shownHistory(snapshot.history, options.historyLength)
    .filter(({ hunks }) => hunks !== undefined)
    .map(({ path, hunks }) => `User edited "${path}":\n\n\`\`\`diff\n${hunks}\n\`\`\``)
    .join("\n\n");
}

function renderExcerpt(snapshot: Snapshot): string {
  const { above, region, below } = excerptParts(snapshot, ZETA1_CURSOR);
  const start = snapshot.excerpt.startLine === 0 ? `${ZETA1_START_OF_FILE}\n` : "";
  const path = escapeMarkers(snapshot.document.path);
  const end = below === "" || below.endsWith("\n") ? "" : "\n";
  return `\`\`\`${path}\n${start}${above}${ZETA1_REGION_START}\n${region}${ZETA1_REGION_END}\n${below}${end}\`\`\``;
}

function renderCompletion(target: Target, snapshot: Snapshot): string {
  const block = encodeBlock(target, regionBefore(snapshot), ZETA1_CURSOR);
  return `${ZETA1_REGION_START}\n${block}${ZETA1_REGION_END}\n`;
}

/** Leading text (a fence and the path, as in the published rows) is skipped, and so is what follows the region. */
function parseCompletion(answer: string, snapshot: Snapshot): ParsedAnswer {
  const text = normalizeAnswer(answer).replaceAll(END_OF_TEXT, "");
  if (text.trim() === "") return { kind: "error", error: "empty" };
  const start = text.indexOf(ZETA1_REGION_START);
  const end = text.lastIndexOf(ZETA1_REGION_END);
  if (start === -1 || end < start) return { kind: "error", error: "unparsable" };
  const block = text.slice(start + ZETA1_REGION_START.length, end).replace(/^[ \t]*\n/u, "");
  return decodeBlock(block, regionBefore(snapshot), ZETA1_CURSOR);
}
