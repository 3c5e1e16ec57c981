/** What a file declares, and each declaration as a short excerpt: its outline, with long bodies left out. */
import type { Node, Tree, TreeCursor } from "web-tree-sitter";
import type { TextRange } from "../../shared/text/edits.ts";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { Grammar } from "./grammars.ts";

/** Nodes looked at in one file; functions are not entered, so code has far fewer. */
const maxNodes = 20_000;
const maxDepth = 12;
const maxNameChars = 200;
/** Bodies over this are left out of an outline. */
const elidedBodyBytes = 512;
/** What may stand before a declaration on its first line and belongs to it: `export default`, `pub`. */
const maxLeadChars = 80;
/** What has a body to leave out; the members of a type are its outline. */
const functions = /function|method|constructor|variable_declarator|field_definition/u;
/** Declared together with others in one statement, or by a part of it. */
const declaredByStatement = /^(?:variable_declarator|const_spec|var_spec|const_element|type_spec|type_alias)$/u;

export interface Declaration extends TextRange {
  readonly name: string;
  /** Of the function itself; absent where there is none, or where it is the outline that matters (a class). */
  readonly body?: TextRange;
}

/** @returns in the text's order, an outer declaration before those inside it. UTF-16 offsets. */
export function declarationsIn(tree: Tree, text: string, grammar: Grammar): Declaration[] {
  const found: Declaration[] = [];
  if (grammar.declares.size === 0) return found;
  const cursor = tree.walk();
  let nodes = 0;

  function visitChildren(depth: number, statement: TextRange | null): void {
    if (depth > maxDepth || !cursor.gotoFirstChild()) return;
    do {
      nodes++;
      if (nodes > maxNodes) break;
      const type = cursor.nodeType;
      const opens = grammar.opens.has(type);
      if (grammar.declares.has(type)) {
        const declaration = readDeclaration(cursor, text, statement);
        if (declaration) found.push(declaration);
      }
      // A variable is declared by its whole statement: `const a = 1`, not `a = 1`.
      if (opens) visitChildren(depth + 1, type.endsWith("_declaration") ? rangeOf(cursor) : null);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }

  visitChildren(0, null);
  cursor.delete();
  return found;
}

function rangeOf(cursor: TreeCursor): TextRange {
  return { start: cursor.startIndex, end: cursor.endIndex };
}

function readDeclaration(cursor: TreeCursor, text: string, statement: TextRange | null): Declaration | null {
  const node = cursor.currentNode;
  const nameNode = nameOf(node);
  if (nameNode === null || nameNode.endIndex - nameNode.startIndex > maxNameChars) return null;
  const name = /[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.exec(text.slice(nameNode.startIndex, nameNode.endIndex))?.[0];
  if (name === undefined) return null;
  const range =
    statement && declaredByStatement.test(node.type) ? statement : { start: node.startIndex, end: node.endIndex };
  const body = functions.test(node.type)
    ? (node.childForFieldName("body") ?? node.childForFieldName("value")?.childForFieldName("body"))
    : null;
  return { name, ...range, ...(body ? { body: { start: body.startIndex, end: body.endIndex } } : {}) };
}

/** Grammars name by a field `name`, by a declarator inside a declarator, or by a child of a kind of its own. */
function nameOf(node: Node): Node | null {
  let at: Node | null = node;
  for (let depth = 0; at !== null && depth < maxDepth; depth++) {
    const name = at.childForFieldName("name");
    if (name !== null) return name;
    const inner: Node | null = at.childForFieldName("declarator");
    if (inner === null) break;
    at = inner;
  }
  if (at !== null && at !== node) return at;
  const left = node.childForFieldName("left");
  if (left !== null) return /^(?:identifier|constant)$/u.test(left.type) ? left : null;
  return node.namedChildren.find((child) => /^(?:function_name|simple_name|name)$/u.test(child.type)) ?? null;
}

/**
 * The declaration as an excerpt of at most `maxBytes`: from its first line's first character, bodies over 512 bytes
 * left out, all bodies where that is not enough, then cut behind a line.
 * @param all every declaration of the file, since those inside a class have bodies of their own
 */
export function outlineOf(
  declaration: Declaration,
  all: readonly Declaration[],
  text: string,
  maxBytes: number,
): string {
  const lineStart = text.lastIndexOf("\n", declaration.start - 1) + 1;
  const lead = text.slice(lineStart, declaration.start);
  const modifiers = lead.length <= maxLeadChars && /^[\w\s<>,]*$/u.test(lead);
  const start = modifiers ? declaration.start - lead.trimStart().length : declaration.start;
  const bodies = all
    .filter((inner) => inner.body && inner.start >= declaration.start && inner.end <= declaration.end)
    .map((inner) => inner.body as TextRange);
  const long = bodies.filter((body) => utf8Length(text.slice(body.start, body.end)) > elidedBodyBytes);
  const outline = withoutBodies(text, start, declaration.end, long);
  if (utf8Length(outline) <= maxBytes) return outline;
  return cutBehindLine(withoutBodies(text, start, declaration.end, bodies), maxBytes);
}

/** `bodies` in the order in which they begin; one inside another that is left out goes with it. */
function withoutBodies(text: string, start: number, end: number, bodies: readonly TextRange[]): string {
  let outline = "";
  let position = start;
  for (const body of bodies) {
    if (body.start < position) continue;
    outline += text.slice(position, body.start) + (text[body.start] === "{" ? "{ … }" : "…");
    position = body.end;
  }
  return (outline + text.slice(position, end)).trimEnd();
}

/** As many whole lines as fit, and a sign that there was more; part of the first where not even that fits. */
function cutBehindLine(text: string, maxBytes: number): string {
  if (utf8Length(text) <= maxBytes) return text;
  const room = maxBytes - utf8Length("\n…");
  let kept = "";
  for (const line of text.split("\n")) {
    const longer = kept === "" ? line : `${kept}\n${line}`;
    if (utf8Length(longer) > room) break;
    kept = longer;
  }
  if (kept !== "") return `${kept}\n…`;
  let firstLine = "";
  let bytes = 0;
  for (const character of text.split("\n", 1)[0] ?? "") {
    bytes += utf8Length(character);
    if (bytes > room) break;
    firstLine += character;
  }
  return `${firstLine}…`;
}
