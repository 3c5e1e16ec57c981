/**
 * The units that kept rate, reversal and token counts compare: identifiers and numbers whole, runs of line ends, runs
 * of other white space, operators of several characters whole, any other character singly. Joined they are the text.
 */
const OPERATORS = [
  ">>>=",
  "...",
  "..=",
  "===",
  "!==",
  "<=>",
  "<<=",
  ">>=",
  ">>>",
  "**=",
  "&&=",
  "||=",
  "??=",
  "=>",
  "->",
  "<-",
  "::",
  ":=",
  "==",
  "!=",
  "<=",
  ">=",
  "&&",
  "||",
  "??",
  "?.",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "<<",
  ">>",
  "**",
  "..",
  "//",
  "/*",
  "*/",
];

const UNIT = new RegExp(
  `\\p{ID_Continue}+|\\n+|[^\\S\\n]+|${OPERATORS.map((operator) => operator.replace(/[.*+?^|]/g, "\\$&")).join("|")}|.`,
  "gsu",
);

/** `text` cut into units. */
export function unitsOf(text: string): string[] {
  return text.match(UNIT) ?? [];
}

/** Whether a unit is white space, line ends included. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}
