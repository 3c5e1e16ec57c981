/**
 * `zeta2`: the prompt of Zed's second Zeta model, as its model card shows it: suffix, prefix, middle in Seed-Coder's
 * fill-in-the-middle tokens; in the prefix related files, the edits as one file named `edit_history`, then the current
 * file with its region between merge-style markers. The answer is the new region and the closing marker, or `NO_EDITS`.
 */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { ParsedAnswer } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { shownHistory } from "./history.ts";
import {
  END_OF_TEXT,
  escapeMarkers,
  ZETA2_CURRENT,
  ZETA2_CURSOR,
  ZETA2_FILE,
  ZETA2_MIDDLE,
  ZETA2_NO_EDITS,
  ZETA2_PREFIX,
  ZETA2_SEPARATOR,
  ZETA2_SUFFIX,
  ZETA2_UPDATED,
} from "./markers.ts";
import { defineStudentFormat } from "./prompt-format.ts";
import type { Target } from "./region-block.ts";
import { decodeBlock, encodeBlock, normalizeAnswer } from "./region-block.ts";
import { excerptParts, relatedFiles, studentOutputTokens } from "./student.ts";

/** How the format says that an edit was a model's. */
const ACCEPTED = "// User accepted prediction:\n";

export const zeta2Format = defineStudentFormat({
  name: "zeta2",
  renderPrompt,
  renderCompletion,
  parse: parseCompletion,
  maxOutputTokens: studentOutputTokens,
});

function renderPrompt(snapshot: Snapshot, options: ContextOptions): string {
  const { above, region, below } = excerptParts(snapshot, ZETA2_CURSOR);
  const end = below === "" || below.endsWith("\n") ? "" : "\n";
  const files = relatedFiles(snapshot, options.definitions).map(({ path, text }) => `${ZETA2_FILE}${path}\n${text}\n`);
  const path = escapeMarkers(snapshot.document.path);
  return [
    `${ZETA2_SUFFIX}\n${below}${end}`,
    ZETA2_PREFIX,
    ...files,
    renderEdits(snapshot, options),
    `${ZETA2_FILE}${path}\n${above}${ZETA2_CURRENT}\n${region}${ZETA2_SEPARATOR}\n`,
    ZETA2_MIDDLE,
  ].join("");
}

function renderEdits(snapshot: Snapshot, options: ContextOptions): string {
  const edits = shownHistory(snapshot.history, options.historyLength)
    .filter(({ hunks }) => hunks !== undefined)
    .map(({ path, origin, hunks }) => {
      return `${origin === "prediction" ? ACCEPTED : ""}--- a/${path}\n+++ b/${path}\n${hunks}\n`;
    });
  return edits.length > 0 ? `${ZETA2_FILE}edit_history\n${edits.join("")}\n` : "";
}

function renderCompletion(target: Target, snapshot: Snapshot): string {
  const before = regionBefore(snapshot);
  if (target.text === before) return `${ZETA2_NO_EDITS}\n${ZETA2_UPDATED}\n`;
  return `${encodeBlock(target, before, ZETA2_CURSOR)}${ZETA2_UPDATED}\n`;
}

/** The closing marker may be missing: a server that stops at it does not send it. */
function parseCompletion(answer: string, snapshot: Snapshot): ParsedAnswer {
  const text = normalizeAnswer(answer).replaceAll(END_OF_TEXT, "");
  if (text.trim() === "") return { kind: "error", error: "empty" };
  const end = text.indexOf(ZETA2_UPDATED);
  const block = end === -1 ? text : text.slice(0, end);
  if (block.replace(/^\n+|\n+$/gu, "") === ZETA2_NO_EDITS) return { kind: "noEdit" };
  return decodeBlock(block, regionBefore(snapshot), ZETA2_CURSOR);
}
