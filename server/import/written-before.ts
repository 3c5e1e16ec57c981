/** What an interrupted import has written, as far as it stays. */
export interface WrittenBefore {
  readonly examples: number;
  readonly unchanged: number;
  /** The commit of the last of them: the import goes on with the one behind it. Null: from the start. */
  readonly lastCommit: string | null;
}

export const nothingWritten: WrittenBefore = { examples: 0, unchanged: 0, lastCommit: null };
