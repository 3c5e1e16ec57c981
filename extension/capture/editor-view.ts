/** What capture asks of the editor. Implemented in `extension/editor`, the only place that knows VS Code. */
import type { Diagnostic } from "../../shared/records/snapshot.ts";
import type { Position, TrackedDocument } from "./document.ts";

export interface PositionRange {
  readonly start: Position;
  readonly end: Position;
}

/** One that is shown, as VS Code has it. */
export interface EditorDiagnostic extends PositionRange {
  /** LSP's: 1 error, 2 warning, 3 information, 4 hint. */
  readonly severity: 1 | 2 | 3 | 4;
  readonly message: string;
  readonly source?: string | undefined;
  readonly code?: string | number | undefined;
}

export interface EditorView {
  /** Where the person's (first) cursor is; null where no editor shows the document. */
  cursor(uri: string): Position | null;
  /** The syntax nodes around a position, smallest first; none where nobody knows the language. */
  enclosing(uri: string, position: Position): Promise<readonly PositionRange[]>;
  /** As shown right now. */
  diagnostics(uri: string): readonly EditorDiagnostic[];
}

/** As records have them, nearest to `from` first, with their lines as snippets. */
export type DescribeDiagnostics = (
  shown: readonly EditorDiagnostic[],
  document: TrackedDocument,
  from: Position,
) => Diagnostic[];
