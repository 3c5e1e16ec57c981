/**
 * One commit as a sequence of edits, hunk after hunk by file and line, and what every file looked like in between.
 * Texts, diffs and declarations are made when first asked for and kept as long as the commit is worked on.
 */
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import { sidesFitInUtf8 } from "../../shared/text/diff-parts.ts";
import type { TextEdit } from "../../shared/text/edits.ts";
import { applyEdits } from "../../shared/text/edits.ts";
import { unifiedDiffFromEdits } from "../../shared/text/unified-diff.ts";
import type { Declaration } from "../syntax/declarations.ts";
import type { Syntax } from "../syntax/syntax.ts";
import type { ReplayFile } from "./replay-files.ts";
import { commonEnds } from "./typed-part.ts";

/** A hunk's place in the replay. */
export interface Step {
  readonly file: ReplayFile;
  /** Among the file's hunks, from 0. */
  readonly index: number;
}

export class CommitReplay {
  readonly files: readonly ReplayFile[];
  readonly steps: readonly Step[];
  readonly #texts = new Map<ReplayFile, string[]>();
  readonly #entries = new Map<ReplayFile, HistoryEntry[]>();
  readonly #declarations = new Map<ReplayFile, Map<number, readonly Declaration[]>>();
  readonly #syntax: Syntax;

  constructor(files: readonly ReplayFile[], syntax: Syntax) {
    this.files = files;
    this.steps = files.flatMap((file) => file.edits.map((_, index) => ({ file, index })));
    this.#syntax = syntax;
  }

  /** The file once its first `count` hunks are applied. */
  text(file: ReplayFile, count: number): string {
    const texts = this.#texts.get(file) ?? [];
    this.#texts.set(file, texts);
    texts[count] ??= applyEdits(file.base, file.edits.slice(0, count));
    return texts[count];
  }

  /** The file's hunks from `count` on, as edits of the file after the first `count`. */
  pending(file: ReplayFile, count: number): TextEdit[] {
    const shift = shiftAfter(file, count);
    return file.edits.slice(count).map((edit) => ({ ...edit, start: edit.start + shift, end: edit.end + shift }));
  }

  /** A hunk as an entry of the edit history. */
  entry({ file, index }: Step): HistoryEntry {
    const entries = this.#entries.get(file) ?? [];
    this.#entries.set(file, entries);
    entries[index] ??= historyEntry(file.path, this.text(file, index), this.pending(file, index).slice(0, 1));
    return entries[index];
  }

  /** Where the cursor stands when the file's hunk `index` has just been applied: at the end of what it changed. */
  endOf({ file, index }: Step): number {
    const text = this.text(file, index);
    const [edit] = this.pending(file, index);
    return edit ? endOfEdit(text, edit) : 0;
  }

  /** What the file declares once its first `count` hunks are applied. */
  async declarations(file: ReplayFile, count: number): Promise<readonly Declaration[]> {
    const known = this.#declarations.get(file) ?? new Map<number, readonly Declaration[]>();
    this.#declarations.set(file, known);
    const found = known.get(count) ?? (await this.#declared(file, count));
    known.set(count, found);
    return found;
  }

  async #declared(file: ReplayFile, count: number): Promise<readonly Declaration[]> {
    const tree = await this.#syntax.parse(file.languageId, this.text(file, count));
    try {
      return tree?.declarations() ?? [];
    } finally {
      tree?.dispose();
    }
  }
}

function shiftAfter(file: ReplayFile, count: number): number {
  return file.edits.slice(0, count).reduce((sum, { start, end, newText }) => sum + newText.length - (end - start), 0);
}

/** Behind the last character that an edit changed, on its line; where it only deleted, in place of the deleted. */
export function endOfEdit(text: string, edit: TextEdit): number {
  const { prefix, suffix } = commonEnds(text.slice(edit.start, edit.end), edit.newText);
  const changed = edit.newText.slice(prefix, edit.newText.length - suffix);
  const end = edit.start + edit.newText.length - suffix;
  return changed.endsWith("\n") ? end - 1 : end;
}

/** Edits of one text as an entry of the edit history, without a diff where it would be too large to be evidence. */
export function historyEntry(path: string, text: string, edits: readonly TextEdit[]): HistoryEntry {
  const diff = unifiedDiffFromEdits(text, edits, { path });
  return sidesFitInUtf8(diff, SNAPSHOT_LIMITS.historyBytesASide)
    ? { path, diff, origin: "unknown" }
    : { path, origin: "bulk" };
}
