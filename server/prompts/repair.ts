/** Asks the teacher again: its own answer, what is wrong with it, its edit as a word diff, the rules again. */
import type { Prediction } from "../../shared/records/prediction.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { ParsedAnswer, Prompt } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import { CURSOR, escapeMarkers, KEEP, NO_EDIT, REGION_END, REGION_START } from "./markers.ts";
import { lastOwnLine, parseTeacherAnswer } from "./parse-teacher.ts";
import { templateVersion } from "./prompt-format.ts";
import { normalizeAnswer } from "./region-block.ts";
import { shownEdit } from "./shown-edit.ts";
import { renderTeacherPrompt } from "./teacher.ts";
import { RULES } from "./teacher-template.ts";

export interface RepairCase {
  readonly snapshot: Snapshot;
  readonly context: ContextOptions;
  readonly first: Prediction;
  /** What is wrong with the first answer, a sentence each; never empty. */
  readonly problems: readonly string[];
}

const versionFor = templateVersion("repair-1", (snapshot, context) => {
  const first = { raw: "raw", text: "two\n" };
  return renderTeacherPrompt(snapshot, context).version + renderRepair(snapshot, first, ["It is wrong."]);
});

/** The version of the repair prompt with every context switch at its default. */
export const REPAIR_VERSION = versionFor(DEFAULT_CONTEXT);

/** The conversation of the first request, continued. */
export function repairPrompt({ snapshot, context, first, problems }: RepairCase): Prompt {
  const asked = renderTeacherPrompt(snapshot, context);
  return {
    version: versionFor(context),
    system: asked.system,
    messages: [
      ...asked.messages,
      // Providers refuse an empty turn.
      { role: "assistant", content: first.raw.trim() === "" ? "(no answer)" : first.raw.trimEnd() },
      { role: "user", content: renderRepair(snapshot, first, problems) },
    ],
    maxOutputTokens: asked.maxOutputTokens,
  };
}

/** Whether the answer stands by the first one: it says so last, or says nothing else. */
export function answersKeep(answer: string): boolean {
  const text = normalizeAnswer(answer);
  const keepAt = lastOwnLine(text, KEEP);
  if (keepAt !== -1) return keepAt > text.lastIndexOf(REGION_END) && keepAt > lastOwnLine(text, NO_EDIT);
  return text.includes(KEEP) && ![REGION_START, NO_EDIT].some((marker) => text.includes(marker));
}

/** A new region, no edit, or, where the answer keeps, the edit of the first answer. */
export function parseRepairAnswer(answer: string, snapshot: Snapshot, first: Prediction): ParsedAnswer {
  if (!answersKeep(answer)) return parseTeacherAnswer(answer, snapshot);
  if (first.noEdit) return { kind: "noEdit" };
  if (first.text === undefined) return { kind: "error", error: "unparsable" };
  return first.cursor === undefined
    ? { kind: "edit", text: first.text }
    : { kind: "edit", text: first.text, cursor: first.cursor };
}

type FirstAnswer = Pick<Prediction, "raw" | "text" | "noEdit">;

function renderRepair(snapshot: Snapshot, first: FirstAnswer, problems: readonly string[]): string {
  const listed = problems.map((problem) => `- ${escapeMarkers(problem).replaceAll("\n", "\n  ")}`).join("\n");
  return `Your answer was checked, and this is wrong with it:

${listed}

${shownEdit(snapshot, first)}

The rules again:

${RULES}

Think again, in two or three sentences. Then do one of three things:

- Write the whole new text of the region between ${REGION_START} and ${REGION_END}, as before. ${CURSOR} may stand in it once.
- If no edit is right, write the line ${NO_EDIT} instead.
- If you are sure that your first answer was right as it was, write the line ${KEEP} instead.`;
}
