/** The labels that need no model: where an edit is, and how hard it is to foresee. */
import type { Example } from "../../shared/records/example.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { isKeyword, isWord, tokenize } from "../models/builtin/tokens.ts";
import type { EditBlock } from "./edit-blocks.ts";
import { editBlocks } from "./edit-blocks.ts";

type Labels = NonNullable<Example["labels"]>;

/** Next to the cursor: on its line, or on one beside it. */
const maxLinesFromCursor = 1;
const maxSimpleLines = 2;
const maxMediumLines = 15;
/** A name of one letter stands everywhere. */
const minNameChars = 2;

/** Both labels of the edit that makes `target` of the region. */
export function labelsByRule(snapshot: Snapshot, target: string): Pick<Labels, "location" | "difficulty"> {
  const blocks = editBlocks(snapshot, target);
  return { location: locationOf(blocks), difficulty: difficultyOf(snapshot, blocks) };
}

/** An edit that is in part next to the cursor and in part elsewhere is elsewhere: somebody has to go there. */
function locationOf(blocks: readonly EditBlock[]): Labels["location"] {
  if (blocks.length === 0) return "no-op";
  return blocks.every(isAtCursor) ? "local-edit" : "non-local-edit";
}

/** What makes an edit complex goes before its size; no edit is neither simple nor complex. */
function difficultyOf(snapshot: Snapshot, blocks: readonly EditBlock[]): Labels["difficulty"] {
  const changed = blocks.reduce((sum, block) => sum + block.changed, 0);
  if (blocks.length > 1 || changed > maxMediumLines || namesFromElsewhere(snapshot, blocks)) return "complex";
  const [only] = blocks;
  return only !== undefined && changed <= maxSimpleLines && isAtCursor(only) ? "simple" : "medium";
}

function isAtCursor({ distance }: EditBlock): boolean {
  return distance <= maxLinesFromCursor;
}

/** Whether a new line uses an identifier that only a definition or an edit of another file shows. */
function namesFromElsewhere({ document, excerpt, history, definitions }: Snapshot, blocks: readonly EditBlock[]) {
  const used = namesIn(blocks.flatMap(({ added }) => added));
  const diffs = history.flatMap(({ path, diff }) =>
    diff === undefined ? [] : [{ own: path === document.path, diff }],
  );
  const here = namesIn([excerpt.text, ...diffs.flatMap(({ own, diff }) => (own ? [diff] : []))]);
  const elsewhere = namesIn([
    ...definitions.flatMap(({ symbol, text }) => [symbol, text]),
    ...diffs.flatMap(({ own, diff }) => (own ? [] : [diff])),
  ]);
  return [...used].some((name) => !here.has(name) && elsewhere.has(name));
}

function namesIn(texts: readonly string[]): Set<string> {
  const words = texts.flatMap((text) => tokenize(text).filter(isWord));
  return new Set(words.filter((word) => word.length >= minNameChars && !isKeyword(word)));
}
