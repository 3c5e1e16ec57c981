/** Snapshots as a story: the states a file went through, the last one with the cursor in it. */
import type { HistoryEntry, Snapshot } from "../../../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../../../shared/text/unified-diff.ts";

export const CURSOR = "‸";

export interface Story {
  /** Edits of other files, before those of this one. */
  readonly elsewhere?: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  /** The file from its oldest state to the newest, which holds the cursor. */
  readonly states: readonly string[];
  readonly path?: string;
  /** Lines, from 0, `end` exclusive; all of them by default. */
  readonly region?: { readonly start: number; readonly end: number };
}

export function snapshotOf({ elsewhere = [], states, path = "src/a.ts", region }: Story): Snapshot {
  const marked = states.at(-1) ?? "";
  const cursor = marked.indexOf(CURSOR);
  if (cursor === -1) throw new Error("the newest state has no cursor");
  const text = marked.replace(CURSOR, "");
  const texts = [...states.slice(0, -1), text];
  const history: HistoryEntry[] = elsewhere.map((edit) => ({
    path: edit.path,
    diff: unifiedDiff(edit.before, edit.after, { path: edit.path }),
    origin: "typed",
  }));
  for (const [i, after] of texts.entries()) {
    const before = texts[i - 1];
    if (before === undefined || before === after) continue;
    history.push({ path, diff: unifiedDiff(before, after, { path }), origin: "typed" });
  }
  const lines = text.split("\n");
  const offset = (line: number) => Math.min(text.length, lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0));
  return {
    document: { path, languageId: "typescript", eol: "lf", lineCount: lines.length },
    excerpt: { startLine: 0, text },
    cursor,
    editable: region ? { start: offset(region.start), end: offset(region.end) } : { start: 0, end: text.length },
    history,
    diagnostics: [],
    definitions: [],
    trigger: "typing",
    capturedAt: "2026-01-31T09:05:00.123Z",
  };
}
