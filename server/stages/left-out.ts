/** What a model writes in place of an edit: comments that stand for code, and sentences that refuse. */
import type { Prediction } from "../../shared/records/prediction.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import { REGION_END, REGION_START } from "../prompts/markers.ts";

/** A comment's text, in the languages that there are grammars for, and what may stand before it on its line. */
const COMMENT = /(?:^|[\s{(;,])(?:\/\/+|#+|\/\*+|<!--|--|;;|%)[!\s]*(?<text>\S.*)$|^\s*\*\s+(?<inside>\S.*)$/u;
const COMMENT_END = /\s*(?:\*+\/\}?|-->)\s*$/u;

const part =
  "(?:code|file|class(?:es)?|functions?|methods?|modules?|components?|body|implementations?|logic|tests?|imports?)";
const stays = "(?:here|unchanged|remains?|stays?|goes|follows|is|are|as|omitted)";

/** A comment that only stands for code, and none that says something about code: a TODO with a task is a person's. */
const PLACEHOLDERS: readonly RegExp[] = [
  /^(?:\.{3,}|…)(?:\s|$)/u,
  new RegExp(`^(?:the )?rest of (?:\\w+ )?(?:\\w+ )?${part}\\b\\s*(?:$|\\.{3}|[….:)]|${stays}\\b)`, "iu"),
  /^(?:the )?rest (?:remains?|stays?|is|goes)(?: \w+)* (?:unchanged|the same|here|as (?:is|before))\b/iu,
  new RegExp(
    `^(?:the )?(?:existing|previous|original|remaining|other|same) (?:\\w+ )?(?:${part}|fields?|cases?)\\b.*(?:\\bhere\\b|\\bunchanged\\b|\\bthe same\\b|\\bas (?:is|before)\\b|\\.{3}|…)`,
    "iu",
  ),
  /(?:\.{3}|…)\s*(?:existing|previous|original|remaining|other|rest|same)\b/iu,
  new RegExp(
    `\\b(?:(?:add|insert|put|write|place) (?:\\w+ ){0,2}${part}|your (?:\\w+ )?${part}|${part} goes?) here\\b`,
    "iu",
  ),
  /^(?:TODO|FIXME)\b[:\s-]*(?:implement|implementation|fill(?: this| me)? in|complete|finish)?(?: (?:this|it|me))?(?: (?:here|later))?[.!]?$/iu,
  /^(?:implementation|code|logic|body) (?:omitted|elided|truncated|left out)\b/iu,
  /\b(?:omitted|elided|truncated) for (?:brevity|clarity)\b/iu,
];

/** Whether a line holds a comment that stands for code. */
export function hasPlaceholder(line: string): boolean {
  const found = COMMENT.exec(line.trimEnd())?.groups;
  const comment = (found?.["text"] ?? found?.["inside"] ?? "").replace(COMMENT_END, "");
  return comment !== "" && PLACEHOLDERS.some((placeholder) => placeholder.test(comment));
}

const REFUSALS: readonly RegExp[] = [
  /\bI(?:'m| am) (?:very |really |terribly )?sorry,? (?:but|I)\b/iu,
  /\bI (?:can't|cannot|can not|won't|will not|am unable to|am not able to|must decline to|have to decline to|refuse to) (?:help|assist|comply|fulfill?|provide|generate|create|produce|answer|engage|support|do (?:that|this))\b/iu,
  /\bI'm (?:unable|not able) to (?:help|assist|comply|fulfill?|provide|generate|create|produce|answer|engage|support|do (?:that|this))\b/iu,
  /\bas an? (?:AI|(?:large )?language model)\b/iu,
  /\bagainst my (?:guidelines|policies|policy|programming|principles)\b/iu,
];

/** Whether an answer refuses in what it says around its region. What is in the region is code, and may say anything. */
export function refusesOutsideRegion({ raw, model }: Pick<Prediction, "raw" | "model">): boolean {
  // Its answer is the region, without markers.
  if (isBuiltin(model)) return false;
  const start = raw.lastIndexOf(REGION_START);
  const end = raw.indexOf(REGION_END, start);
  const said = start === -1 || end === -1 ? raw : `${raw.slice(0, start)}\n${raw.slice(end)}`;
  const plain = said.replaceAll("’", "'");
  return REFUSALS.some((refusal) => refusal.test(plain));
}
