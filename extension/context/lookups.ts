/** What the context asks of the editor and its language servers. Implemented in `extension/editor/lookups.ts`. */
import type { Position } from "../capture/document.ts";
import type { PositionRange } from "../capture/editor-view.ts";

/** Where a provider says that something is declared: LSP's `LocationLink`, or a `Location`, which has no `name`. */
export interface LookupTarget {
  readonly uri: string;
  /** The declaration, or its name alone: servers differ. */
  readonly range: PositionRange;
  /** The declaration's name. */
  readonly name?: PositionRange;
}

export interface DeclaredSymbol {
  /** Holds declarations (a class, a module), where others have a body. */
  readonly isContainer: boolean;
  readonly range: PositionRange;
  readonly name: PositionRange;
  readonly children: readonly DeclaredSymbol[];
}

/** Everything is about texts as the editor has them now. */
export interface Lookups {
  /** Rejects as the provider does. */
  definition(uri: string, at: Position): Promise<readonly LookupTarget[]>;
  /** Rejects as the provider does. */
  typeDefinition(uri: string, at: Position): Promise<readonly LookupTarget[]>;
  /** Null for what is no text in UTF-8, is not there, or has more than `maxBytes`. */
  text(uri: string, maxBytes: number): Promise<string | null>;
  /** None where nobody knows, and for a document that would have to be opened to be asked about. */
  symbols(uri: string): Promise<readonly DeclaredSymbol[]>;
}
