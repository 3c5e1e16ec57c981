/** The figures of a prediction in words: each with its value and what that says. */
import type { Scores } from "../../shared/records/scores.ts";
import { formatCount } from "./terminal.ts";

const nameWidth = 22;
const valueWidth = 8;

/** A line for each figure that is defined and says something; flags only where they are raised. */
export function scoreLines(scores: Scores): string[] {
  const { exactLines, cursorDistance } = scores;
  const rows: (readonly [name: string, value: string | null, meaning: string])[] = [
    ["exact match", yes(scores.exactMatch), "whether the prediction is the reference"],
    [
      "but for white space",
      scores.exactMatch ? null : yes(scores.exactMatchIgnoringWhitespace),
      "whether it is, white space aside",
    ],
    ["delta chrF", figure(scores.deltaChrf, 1), "of 100: the same change, in characters"],
    ["exact lines", figure(exactLines?.f1 ?? null), lineFacts(exactLines)],
    ["edit similarity", figure(scores.editSimilarity), "of 1: the texts as wholes"],
    ["kept rate", figure(scores.keptRate), "of 1: of its edit, what the person did too"],
    ["recall rate", figure(scores.recallRate), "of 1: of the person's edit, what it did too"],
    ["reversal ratio", figure(scores.reversalRatio), "of 1: how much undoes the newest edit"],
    ["tokens", `+${scores.tokensInserted} −${scores.tokensDeleted}`, "inserted and deleted"],
    [
      "cursor distance",
      cursorDistance === null ? null : distance(cursorDistance),
      cursorDistance === "miss" ? "only one of the two cursors is known" : "characters from the person's",
    ],
    ["brace imbalance", raised(scores.braceImbalance), "more brackets open or closed than before"],
    ["syntax errors added", raised(scores.syntaxErrorsAdded ?? 0), "by the grammar"],
    ["outside the region", scores.outsideRegion ? "yes" : null, "the answer changed text that it may not"],
    ["isolated white space", scores.isolatedWhitespace ? "yes" : null, "a blank line changed by itself"],
  ];
  return rows.flatMap(([name, value, meaning]) =>
    value === null ? [] : [`${name.padEnd(nameWidth)}${value.padStart(valueWidth)}  ${meaning}`],
  );
}

function figure(value: number | null, digits = 2): string | null {
  return value === null ? null : value.toFixed(digits);
}

function yes(value: boolean | null): string | null {
  return value === null ? null : value ? "yes" : "no";
}

function raised(value: number): string | null {
  return value === 0 ? null : formatCount(value);
}

function distance(value: number | "miss"): string {
  return value === "miss" ? "miss" : formatCount(value);
}

function lineFacts(lines: Scores["exactLines"]): string {
  return lines === null ? "" : `of 1: lines ${lines.tp} right, ${lines.fp} extra, ${lines.fn} missing`;
}
