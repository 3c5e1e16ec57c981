/** Going on with an import that was interrupted, from the examples it has written. */
import type { Example } from "../../shared/records/example.ts";

export interface WrittenBefore {
  readonly examples: number;
  readonly unchanged: number;
  /** The commit of the last of them: the import goes on with the one behind it. */
  readonly lastCommit: string | null;
}

/**
 * Reads what an interrupted import left, example after example, and says how much of it stays: all but the last
 * commit's, since more of its examples may have been to come.
 */
export class ResumePoint {
  #complete: WrittenBefore = { examples: 0, unchanged: 0, lastCommit: null };
  #all: WrittenBefore = this.#complete;

  /** @throws Error for an example that no import from git made: the file is another's. */
  add(example: Example): void {
    const { source, settlement } = example;
    if (source.kind !== "git") throw new Error("an example that is not from git in an import from git");
    if (source.commit !== this.#all.lastCommit) this.#complete = this.#all;
    this.#all = {
      examples: this.#all.examples + 1,
      unchanged: this.#all.unchanged + (settlement?.unchanged ? 1 : 0),
      lastCommit: source.commit,
    };
  }

  /** The first `examples` of those added stay. */
  get complete(): WrittenBefore {
    return this.#complete;
  }
}
