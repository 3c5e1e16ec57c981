/**
 * Words and brackets of a text in any language, without a grammar. Approximate, and only ever used to decide what to ask a
 * language server about and what to leave out of an excerpt: comments and strings are recognised by what most languages of a
 * family do; regular expressions, here-documents, text in markup and the code in a Python f-string are not; a text is taken to
 * begin outside of all of them.
 */

export interface Token {
  readonly kind: "word" | "open" | "close";
  readonly text: string;
  /** Offset. */
  readonly at: number;
}

const hashComments = new Set(
  "python ruby perl r shellscript powershell yaml toml makefile dockerfile elixir julia nim crystal coffeescript php tcl gdscript starlark cython cmake properties dotenv terraform graphql".split(
    " ",
  ),
);
const dashComments = new Set("sql lua haskell elm ada vhdl applescript".split(" "));
const semicolonComments = new Set("clojure lisp scheme racket emacs-lisp ini asm".split(" "));
const percentComments = new Set("latex tex erlang matlab prolog".split(" "));
/** A quote is also a lifetime, part of a name, a type variable or a quotation there. */
const singleQuotedCharacters = new Set(
  "rust ocaml haskell elm fsharp clojure lisp scheme racket emacs-lisp ada vb scala verilog systemverilog matlab".split(
    " ",
  ),
);
const templates = new Set("javascript javascriptreact typescript typescriptreact vue svelte astro".split(" "));
const rawBackticks = new Set(["go"]);

const comments = {
  slash: String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`,
  hash: String.raw`#[^\n]*`,
  dash: String.raw`--\[\[[\s\S]*?(?:\]\]|$)|\{-[\s\S]*?(?:-\}|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`,
  semicolon: String.raw`;[^\n]*`,
  percent: String.raw`%[^\n]*`,
  markup: String.raw`<!--[\s\S]*?(?:-->|$)`,
} as const;
const tripleQuoted = String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)`;
/** Bounded, so that many quotes that nobody closes cost no time; what is longer is read as code. */
const doubleQuoted = String.raw`"(?:[^"\\\n]|\\[^\n]){0,1000}"`;
const singleQuoted = String.raw`'(?:[^'\\\n]|\\[^\n]){0,1000}'`;
const singleQuotedCharacter = String.raw`'(?:[^'\\\n]|\\[^'\n]{1,10}|\\')'`;
const number = String.raw`\d[\p{ID_Continue}.]*`;
const word = String.raw`(?<word>[\p{ID_Start}_$][\p{ID_Continue}$\u200c\u200d]*)`;
const bracket = String.raw`(?<open>[([{])|(?<close>[)\]}])`;

/** From where a template's text begins, up to its end or the code in it. */
const templateText = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|\\?$)/uy;

/** From the beginning of `text` on, in order. */
export function* codeTokens(text: string, languageId: string): Generator<Token> {
  const pattern = tokenPattern(languageId);
  const hasTemplates = templates.has(languageId);
  /** How many braces were open where the code within a template began, innermost last. */
  const inTemplates: number[] = [];
  let braces = 0;

  function skipTemplateText() {
    templateText.lastIndex = pattern.lastIndex;
    const [skipped = ""] = templateText.exec(text) ?? [];
    pattern.lastIndex += skipped.length;
    if (skipped.endsWith("${")) inTemplates.push(braces);
  }

  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { index: at, groups = {} } = match;
    const { word: name, open, close } = groups;
    if (hasTemplates && match[0] === "`") skipTemplateText();
    else if (hasTemplates && close === "}" && inTemplates.at(-1) === braces) {
      inTemplates.pop();
      skipTemplateText();
    } else if (name !== undefined) yield { kind: "word", text: name, at };
    else if (open !== undefined) {
      if (open === "{") braces++;
      yield { kind: "open", text: open, at };
    } else if (close !== undefined) {
      if (close === "}") braces--;
      yield { kind: "close", text: close, at };
    }
  }
}

function tokenPattern(languageId: string): RegExp {
  const quoted = singleQuotedCharacters.has(languageId)
    ? [String.raw`"""[\s\S]*?(?:"""|$)`, doubleQuoted, singleQuotedCharacter]
    : [tripleQuoted, doubleQuoted, singleQuoted];
  const backtick = rawBackticks.has(languageId) ? ["`[^`]*(?:`|$)"] : templates.has(languageId) ? ["`"] : [];
  return new RegExp([...commentsOf(languageId), ...quoted, ...backtick, number, word, bracket].join("|"), "gu");
}

function commentsOf(languageId: string): string[] {
  if (languageId === "php") return [comments.slash, comments.hash];
  if (languageId === "terraform") return [comments.slash, comments.hash];
  if (hashComments.has(languageId)) return [comments.hash];
  if (dashComments.has(languageId)) return [comments.dash];
  if (semicolonComments.has(languageId)) return [comments.semicolon];
  if (percentComments.has(languageId)) return [comments.percent];
  return [comments.slash, comments.markup];
}
