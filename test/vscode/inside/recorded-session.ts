/**
 * A recorded editing session: what VS Code reported while somebody edited, event by event. `test/fixtures/recordings/`
 * holds ten, which capture is replayed on; `record-sessions.ts` makes them anew in a real VS Code.
 */
export interface RecordedSession {
  /** What is done in it, as one sentence. */
  readonly about: string;
  readonly documents: readonly RecordedDocument[];
  readonly steps: readonly RecordedStep[];
}

export interface RecordedDocument {
  readonly path: string;
  readonly languageId: string;
  readonly eol: "lf" | "crlf";
  readonly version: number;
  /** As VS Code held it when it was opened, with its own line ends. */
  readonly text: string;
}

/** Line and character, both from 0. */
export type RecordedPosition = readonly [line: number, character: number];

export type RecordedStep =
  | {
      readonly atMs: number;
      readonly kind: "change";
      readonly path: string;
      readonly version: number;
      readonly reason?: "undo" | "redo";
      /** In VS Code's order, positions in the text before. */
      readonly changes: readonly {
        readonly start: RecordedPosition;
        readonly end: RecordedPosition;
        readonly text: string;
      }[];
    }
  | { readonly atMs: number; readonly kind: "cursor"; readonly path: string; readonly at: RecordedPosition }
  | { readonly atMs: number; readonly kind: "save"; readonly path: string }
  | { readonly atMs: number; readonly kind: "close"; readonly path: string }
  /** HEAD points elsewhere; documents that differ there are changed by VS Code afterwards. */
  | { readonly atMs: number; readonly kind: "branch" }
  /** Nothing happens any more until then. */
  | { readonly atMs: number; readonly kind: "end" };
