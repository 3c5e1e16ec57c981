/** Two or more lines that count or list: the next one. */
import { insertBeside } from "./places.ts";
import type { Proposal, Situation } from "./situation.ts";
import { isHole, lineTokens, shapeOf } from "./template.ts";
import { indentation, tokenize } from "./tokens.ts";

const maxNumber = 1_000_000;
const maxDigits = 6;

/** Behind the cursor's line, where it and the one above it were added and differ by a constant step in their numbers. */
export function* nextInSequence(situation: Situation): Generator<Proposal> {
  const { lines, cursorLine, before } = situation;
  const last = lines[cursorLine];
  const previous = lines[cursorLine - 1];
  if (!last || !previous || situation.cursor !== last.end) return;
  const wasAdded = situation.changes.some((change) => change.sameFile && change.added.includes(last.text));
  if (!wasAdded) return;
  const next = step(previous.text, last.text);
  if (next === null || lines[cursorLine + 1]?.text.trim() === next.trim()) return;
  yield { kind: "nextInSequence", edits: [insertBeside(before, last, "below", [next])] };
}

/** The line that follows `a`, `b` if their numbers count on; null where they do not. */
function step(a: string, b: string): string | null {
  const left = lineTokens(a);
  const right = lineTokens(b);
  if (shapeOf(left) !== shapeOf(right)) return null;
  let counted = false;
  const next = right.map((token, i) => {
    const other = left[i] ?? "";
    if (token === other || !isHole(token)) return token;
    const from = trailingNumber(other);
    const to = trailingNumber(token);
    if (!from || !to || from.stem !== to.stem) return null;
    const value = to.value + (to.value - from.value);
    if (value === to.value || value < 0 || value > maxNumber) return null;
    counted = true;
    return to.stem + String(value).padStart(to.digits, "0");
  });
  if (!counted || next.includes(null)) return null;
  return indentation(b) + tokenize(next.join("")).join("");
}

function trailingNumber(token: string): { stem: string; value: number; digits: number } | null {
  const found = /^(.*?)([0-9]+)$/su.exec(token);
  const digits = found?.[2] ?? "";
  if (digits === "" || digits.length > maxDigits) return null;
  const padded = digits.startsWith("0") ? digits.length : 0;
  return { stem: found?.[1] ?? "", value: Number(digits), digits: padded };
}
