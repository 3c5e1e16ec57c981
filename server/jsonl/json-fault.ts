/**
 * Where a text stops being JSON (RFC 8259), and what should stand there. `JSON.parse` gives a position only
 * sometimes, and quotes the text, which may be somebody's code.
 */

export interface JsonFault {
  /** UTF-16 offset of the first character that cannot be. The text's length where it ends too early. */
  readonly offset: number;
  /** What is wrong there, in words that quote nothing of the text. */
  readonly problem: string;
}

const firstPrintable = 0x20;
const whiteSpace = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordToken = /true|false|null/y;
const escapeToken = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** What may stand at a place between tokens. */
type Expecting = "value" | "valueOrEnd" | "nameOrEnd" | "name" | "colon" | "commaOrEnd" | "nothing";

const expectations: Record<Expecting, string> = {
  value: "a value is missing",
  valueOrEnd: "a value or ] is missing",
  nameOrEnd: "a field name in double quotes or } is missing",
  name: "a field name in double quotes is missing",
  colon: "a : is missing behind a field name",
  commaOrEnd: "a comma or a closing bracket is missing",
  nothing: "something stands behind the end of the value",
};

/** The first fault of `text`, or undefined where it is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const closers: ("}" | "]")[] = [];
  let at = 0;
  let expecting: Expecting = "value";
  const skip = (token: RegExp): number => {
    token.lastIndex = at;
    return token.test(text) ? token.lastIndex : at;
  };
  const afterValue = (): Expecting => (closers.length === 0 ? "nothing" : "commaOrEnd");

  for (;;) {
    at = skip(whiteSpace);
    const fault = { offset: at, problem: expectations[expecting] };
    if (at >= text.length) {
      if (expecting === "nothing") return undefined;
      return { offset: at, problem: at === 0 ? "it is empty" : "it ends too early" };
    }
    const character = text[at];
    if (expecting === "nothing") return fault;
    if (expecting === "colon") {
      if (character !== ":") return fault;
      at++;
      expecting = "value";
      continue;
    }
    if (character === closers.at(-1) && closes(expecting)) {
      closers.pop();
      at++;
      expecting = afterValue();
      continue;
    }
    if (expecting === "commaOrEnd") {
      if (character !== ",") return fault;
      at++;
      expecting = closers.at(-1) === "}" ? "name" : "value";
      continue;
    }
    const isName: boolean = expecting === "name" || expecting === "nameOrEnd";
    if (character === '"') {
      const string = scanString(text, at);
      if (typeof string !== "number") return string;
      at = string;
      expecting = isName ? "colon" : afterValue();
      continue;
    }
    if (isName) return fault;
    if (character === "{" || character === "[") {
      closers.push(character === "{" ? "}" : "]");
      at++;
      expecting = character === "{" ? "nameOrEnd" : "valueOrEnd";
      continue;
    }
    const end = Math.max(skip(numberToken), skip(wordToken));
    if (end === at) return fault;
    at = end;
    expecting = afterValue();
  }
}

function closes(expecting: Expecting): boolean {
  return expecting === "commaOrEnd" || expecting === "nameOrEnd" || expecting === "valueOrEnd";
}

/**
 * A loop instead of one regular expression, which would keep a place to come back to for every character.
 * @param start offset of the opening quote
 * @returns the offset behind the closing one
 */
function scanString(text: string, start: number): number | JsonFault {
  let at = start + 1;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') return at + 1;
    if (character === "\\") {
      escapeToken.lastIndex = at;
      if (!escapeToken.test(text)) return { offset: at, problem: "an escape is not one of JSON's" };
      at = escapeToken.lastIndex;
    } else if (text.charCodeAt(at) < firstPrintable) {
      return { offset: at, problem: "a control character stands in a string unescaped" };
    } else at++;
  }
  return { offset: at, problem: "it ends inside a string" };
}
