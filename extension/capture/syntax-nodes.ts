/** The syntax nodes around cursors, asked for before they are needed and forgotten once the document has changed. */
import type { Position, TrackedDocument } from "./document.ts";
import type { EditorView, PositionRange } from "./editor-view.ts";

export interface SyntaxNodes {
  ask(document: TrackedDocument, cursor: Position): void;
  /** Whether they were asked for, for this very text and the cursor's line. */
  wereAsked(document: TrackedDocument, cursor: Position): boolean;
  /** Smallest first; none where they are not there, or are those of another text. */
  around(document: TrackedDocument): readonly PositionRange[];
  forget(uri: string): void;
}

interface Asked {
  readonly version: number;
  readonly line: number;
  nodes: readonly PositionRange[];
}

/** @param fault is told why a question failed; a document without nodes is cut by lines */
export function createSyntaxNodes(enclosing: EditorView["enclosing"], fault: (error: unknown) => void): SyntaxNodes {
  const latest = new Map<string, Asked>();
  return {
    ask(document, cursor) {
      const asked: Asked = { version: document.version, line: cursor.line, nodes: [] };
      latest.set(document.uri, asked);
      enclosing(document.uri, cursor).then((nodes) => {
        // The answer may be about a newer text than the question was.
        if (document.version === asked.version) asked.nodes = nodes;
      }, fault);
    },
    wereAsked(document, cursor) {
      const asked = latest.get(document.uri);
      return asked?.version === document.version && asked.line === cursor.line;
    },
    around(document) {
      const asked = latest.get(document.uri);
      return asked?.version === document.version ? asked.nodes : [];
    },
    forget(uri) {
      latest.delete(uri);
    },
  };
}
