/**
 * The rules by which edits are filtered, each under its reason code. Of a target only the lines that it adds count: what
 * stood there before is nobody's fault. Details hold figures and never code.
 */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import { findMarker } from "../prompts/markers.ts";
import { estimateTokens } from "../prompts/tokens.ts";
import { editBlocks } from "./edit-blocks.ts";
import { hasPlaceholder, refusesOutsideRegion } from "./left-out.ts";
import { targetsPrediction } from "./targets-prediction.ts";
import { unrelatedFiles } from "./unrelated-files.ts";

export const RULE_NAMES = [
  "unrelated",
  "big",
  "deletes",
  "repetition",
  "incomplete",
  "refusal",
  "marker",
  "language",
  "length",
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

const count = (description: string) => z.int().check(z.minimum(0), z.describe(description));

/** Every rule's bound, as options of the stage. */
export const ruleOptions = {
  rules: z._default(
    z.array(z.enum(RULE_NAMES)).check(z.describe("Which rules are applied; none given applies all.")),
    [],
  ),
  maxUnrelatedFiles: z._default(
    count("unrelated: how many other files the history may touch that have nothing to do with the cursor's."),
    1,
  ),
  maxHunks: z._default(count("big: how many hunks the history may hold."), 8),
  maxDeletedLines: z._default(count("deletes: by how many lines the target may be shorter than the region."), 5),
  maxRepeats: z._default(count("repetition: how often one line may be among those that the target adds."), 3),
  languages: z._default(
    z.array(z.string()).check(z.describe("language: VS Code's ids of the languages to keep; none given keeps all.")),
    [],
  ),
  minTokens: z._default(count("length: how many tokens the target must have; an estimate, at three bytes each."), 0),
  maxTokens: z._default(count("length: how many tokens the target may have, likewise."), 2_048),
};
const ruleSchema = z.strictObject(ruleOptions);
export type RuleOptions = z.infer<typeof ruleSchema>;

/** What is looked at: the example, and of its target the lines that it adds; undefined where it has no target yet. */
interface Case {
  readonly example: Example;
  readonly target: { readonly text: string; readonly added: readonly string[] } | undefined;
}

/** What is wrong, for people; undefined where nothing is, or where there is nothing to look at. */
type Rule = (of: Case, options: RuleOptions) => string | undefined;

/** In the order of their names: the first to find something is the reason. */
const rules: Readonly<Record<RuleName, Rule>> = {
  unrelated({ example, target }, { maxUnrelatedFiles }) {
    const files = unrelatedFiles(example.snapshot, target?.added ?? []);
    return above(files, maxUnrelatedFiles, "other files in the history that have nothing to do with this one");
  },
  big({ example }, { maxHunks }) {
    const hunks = example.snapshot.history.map(({ diff }) => diff?.match(/^@@ /gmu)?.length ?? 1);
    return above(sum(hunks), maxHunks, "hunks in the history");
  },
  deletes({ example, target }, { maxDeletedLines }) {
    if (!target) return undefined;
    const lines = splitLines(regionBefore(example.snapshot)).length - splitLines(target.text).length;
    return above(lines, maxDeletedLines, "lines fewer than before");
  },
  repetition({ target }, { maxRepeats }) {
    const counts = new Map<string, number>();
    for (const line of target?.added ?? []) {
      const text = line.trim();
      // A line of braces says nothing, and stands where it must.
      if (/[\p{L}\p{N}]/u.test(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return above(Math.max(0, ...counts.values()), maxRepeats, "times the same line");
  },
  incomplete({ example, target }) {
    const stopped = targetsPrediction(example)?.stopReason === "maxTokens";
    if (stopped) return "the answer stopped at the token limit";
    return target?.added.some(hasPlaceholder) ? "a comment stands for code that was left out" : undefined;
  },
  refusal({ example }) {
    const answer = targetsPrediction(example);
    return answer && refusesOutsideRegion(answer) ? "the answer refuses, beside its edit" : undefined;
  },
  marker({ target }) {
    return findMarker(target?.added.join("") ?? "") === undefined ? undefined : "a prompt's marker in the target";
  },
  language({ example }, { languages }) {
    const { languageId } = example.snapshot.document;
    return languages.length === 0 || languages.includes(languageId) ? undefined : languageId;
  },
  length({ target }, { minTokens, maxTokens }) {
    if (!target) return undefined;
    const tokens = estimateTokens(target.text);
    if (tokens < minTokens) return `${tokens} tokens, under ${minTokens}`;
    return above(tokens, maxTokens, "tokens");
  },
};

/** What the rules find, in their order; never the same one twice. */
export function brokenRules(example: Example, options: RuleOptions): { reason: RuleName; detail: string }[] {
  const { snapshot, expected } = example;
  const added = expected && editBlocks(snapshot, expected.text).flatMap((block) => block.added);
  const of: Case = { example, target: expected && added && { text: expected.text, added } };
  return RULE_NAMES.filter((name) => options.rules.length === 0 || options.rules.includes(name)).flatMap((reason) => {
    const detail = rules[reason](of, options);
    return detail === undefined ? [] : [{ reason, detail }];
  });
}

function above(figure: number, most: number, what: string): string | undefined {
  return figure > most ? `${figure} ${what}, over ${most}` : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
