/** Definitions of the names around a cursor, as far as the files of the commit declare them. */
import type { Definition } from "../../shared/records/snapshot.ts";
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import type { TextRange } from "../../shared/text/edits.ts";
import { lineAt, offsetOfLine } from "../../shared/text/lines.ts";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { Declaration } from "../syntax/declarations.ts";
import { outlineOf } from "../syntax/declarations.ts";
import type { CommitReplay } from "./commit-replay.ts";
import type { Moment } from "./place.ts";
import type { ReplayFile } from "./replay-files.ts";

const linesEitherSide = 3;
/** A name of one letter is declared everywhere. */
const minNameChars = 2;
const maxNames = 64;
/** Other files searched for one capture point. */
const maxOtherFiles = 12;

/** Languages whose names can mean each other. */
const families: readonly (readonly string[])[] = [
  ["typescript", "typescriptreact", "javascript", "javascriptreact"],
  ["c", "cpp"],
];

interface SearchedFile {
  readonly path: string;
  readonly text: string;
  readonly declarations: readonly Declaration[];
  /** What the excerpt shows already. */
  readonly shown: TextRange | null;
}

export interface DefinitionRequest {
  readonly replay: CommitReplay;
  readonly file: ReplayFile;
  readonly moment: Moment;
  readonly cursor: number;
  readonly excerpt: TextRange;
  /** How many of another file's hunks are applied by now. */
  readonly applied: (file: ReplayFile) => number;
}

export async function definitionsNear(request: DefinitionRequest): Promise<Definition[]> {
  const { file, moment, cursor, excerpt } = request;
  const names = namesNear(moment, cursor);
  if (names.length === 0) return [];
  const own = moment.tree?.declarations() ?? [];
  const files: SearchedFile[] = [{ path: file.path, text: moment.text, declarations: own, shown: excerpt }];
  files.push(...(await otherFiles(request, names)));
  const definitions: Definition[] = [];
  let bytes = 0;
  for (const name of names) {
    const found = find(name, files);
    if (found === null) continue;
    const { text, startLine, path } = found;
    const size = utf8Length(text);
    if (bytes + size > SNAPSHOT_LIMITS.definitionsBytes) continue;
    if (definitions.some((known) => known.path === path && known.startLine === startLine)) continue;
    bytes += size;
    definitions.push({ symbol: name, kind: "definition", path, startLine, text, external: false });
    if (definitions.length === SNAPSHOT_LIMITS.definitions) break;
  }
  return definitions;
}

/** The names on the lines around the cursor, nearest first, each once. */
function namesNear({ text, starts }: Moment, cursor: number): string[] {
  const cursorLine = lineAt(starts, cursor);
  const start = offsetOfLine(starts, Math.max(0, cursorLine - linesEitherSide));
  const end = starts[cursorLine + linesEitherSide + 1] ?? text.length;
  const names: { name: string; lines: number; chars: number }[] = [];
  for (const match of text.slice(start, end).matchAll(/[\p{ID_Start}_$][\p{ID_Continue}$]*/gu)) {
    if (match[0].length < minNameChars) continue;
    const at = start + match.index;
    const chars = at <= cursor ? Math.max(0, cursor - at - match[0].length) : at - cursor;
    names.push({ name: match[0], lines: Math.abs(lineAt(starts, at) - cursorLine), chars });
  }
  names.sort((a, b) => a.lines - b.lines || a.chars - b.chars);
  return [...new Set(names.map(({ name }) => name))].slice(0, maxNames);
}

async function otherFiles(request: DefinitionRequest, names: readonly string[]): Promise<SearchedFile[]> {
  const { replay, file, applied } = request;
  const files: SearchedFile[] = [];
  for (const other of replay.files) {
    if (files.length === maxOtherFiles) break;
    const count = applied(other);
    // A file that the commit makes is not there before.
    if (other === file || (other.added && count === 0) || !related(file.languageId, other.languageId)) continue;
    const text = replay.text(other, count);
    if (!names.some((name) => text.includes(name))) continue;
    files.push({ path: other.path, text, declarations: await replay.declarations(other, count), shown: null });
  }
  return files;
}

function related(a: string, b: string): boolean {
  return a === b || families.some((family) => family.includes(a) && family.includes(b));
}

/** The first declaration of the name that the excerpt does not show. */
function find(name: string, files: readonly SearchedFile[]): { path: string; startLine: number; text: string } | null {
  for (const { path, text, declarations, shown } of files) {
    const declaration = declarations.find(
      ({ name: declared, start, end }) =>
        declared === name && (shown === null || end <= shown.start || start >= shown.end),
    );
    if (!declaration) continue;
    return {
      path,
      startLine: lineOf(text, declaration.start),
      text: outlineOf(declaration, declarations, text, SNAPSHOT_LIMITS.definitionBytes),
    };
  }
  return null;
}

function lineOf(text: string, offset: number): number {
  let line = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
