/**
 * Parses texts by tree-sitter's grammars, to know what encloses a place and what a file declares. Any text may come:
 * what cannot be parsed within bounds has no tree, and the bounds count work, not time, so that every run agrees.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Node, Tree } from "web-tree-sitter";
import { Language, Parser } from "web-tree-sitter";
import type { TextRange } from "../../shared/text/edits.ts";
import type { Declaration } from "./declarations.ts";
import { declarationsIn } from "./declarations.ts";
import type { Grammar } from "./grammars.ts";
import { grammars } from "./grammars.ts";

/** Brackets open at once; code has dozens, and beyond thousands tree-sitter can overflow its stack when it lets go. */
const maxBracketDepth = 400;
/** Progress reports of a parse, of about a hundred steps each: code needs at most one for 60 characters. */
const spareReports = 200;
const charsPerReport = 40;

const resolveFile = createRequire(import.meta.url).resolve;

/** A parsed text. Whoever got it disposes of it: it holds memory that no collector sees. */
export class SyntaxTree {
  readonly #tree: Tree;
  readonly #text: string;
  readonly #grammar: Grammar;

  constructor(tree: Tree, text: string, grammar: Grammar) {
    this.#tree = tree;
    this.#text = text;
    this.#grammar = grammar;
  }

  /** The nodes around `offset`, smallest first; the last is the whole text. UTF-16 offsets. */
  enclosing(offset: number): TextRange[] {
    // A cursor at the end of a line is behind what stands there, and in it.
    const atLineEnd = /^\S(?:\n|$)/u.test(this.#text.slice(Math.max(0, offset - 1), offset + 1));
    const at = atLineEnd && offset > 0 ? offset - 1 : offset;
    const ranges: TextRange[] = [];
    // Not by TreeCursor.gotoFirstChildForIndex, which moves to no child at all in web-tree-sitter 0.27.
    for (let node: Node | null = this.#tree.rootNode; node !== null; node = node.firstChildForIndex(at)) {
      const { startIndex: start, endIndex: end } = node;
      if (start > at || end < at) break;
      const last = ranges.at(-1);
      if (last?.start !== start || last.end !== end) ranges.push({ start, end });
    }
    return ranges.reverse();
  }

  /** What the text declares for others, in its order; not what is local to a function. */
  declarations(): Declaration[] {
    return declarationsIn(this.#tree, this.#text, this.#grammar);
  }

  dispose(): void {
    this.#tree.delete();
  }
}

export class Syntax {
  readonly #languages = new Map<string, Language>();
  readonly #parsers = new Map<string, Parser>();
  #broken = false;

  private constructor() {
    // Made by `load`, which sets the runtime up first.
  }

  static async load(): Promise<Syntax> {
    await Parser.init({ locateFile: () => resolveFile("web-tree-sitter/web-tree-sitter.wasm") });
    return new Syntax();
  }

  /** Null where there is no grammar for the language, or the text is too large or too strange to be parsed. */
  async parse(languageId: string, text: string): Promise<SyntaxTree | null> {
    const grammar = Object.hasOwn(grammars, languageId) ? grammars[languageId] : undefined;
    if (!grammar || this.#broken || text.length > grammar.maxChars || tooDeep(text)) return null;
    const parser = await this.#parser(grammar);
    const maxReports = spareReports + text.length / charsPerReport;
    let reports = 0;
    try {
      const tree = parser.parse(text, null, {
        progressCallback: () => {
          reports++;
          return reports > maxReports;
        },
      });
      if (tree !== null) return new SyntaxTree(tree, text, grammar);
      // Left to itself, not reset or deleted: letting go of a deep stack of readings can overflow the runtime's own.
      this.#parsers.delete(grammar.name);
      return null;
    } catch (error) {
      if (
        !(error instanceof Error) ||
        !/RuntimeError|Aborted|memory|table index/u.test(`${error.name} ${error.message}`)
      ) {
        throw error;
      }
      // The WebAssembly runtime ran out of memory; nothing in it can be trusted or freed from here on.
      this.#broken = true;
      return null;
    }
  }

  dispose(): void {
    if (!this.#broken) for (const parser of this.#parsers.values()) parser.delete();
    this.#parsers.clear();
    this.#languages.clear();
  }

  async #parser(grammar: Grammar): Promise<Parser> {
    const existing = this.#parsers.get(grammar.name);
    if (existing) return existing;
    const language = this.#languages.get(grammar.name) ?? (await loadLanguage(grammar));
    this.#languages.set(grammar.name, language);
    const parser = new Parser().setLanguage(language);
    this.#parsers.set(grammar.name, parser);
    return parser;
  }
}

async function loadLanguage(grammar: Grammar): Promise<Language> {
  return Language.load(await readFile(resolveFile(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar.name}.wasm`)));
}

/** Counts brackets wherever they stand, in strings too: a bound needs no more. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x28 || unit === 0x5b || unit === 0x7b) {
      depth++;
      if (depth > maxBracketDepth) return true;
    } else if ((unit === 0x29 || unit === 0x5d || unit === 0x7d) && depth > 0) depth--;
  }
  return false;
}
