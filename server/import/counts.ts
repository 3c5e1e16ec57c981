/** What an import read, made and passed over, and why: for the summary and the run's log. */

export interface ImportCounts {
  /** Commits read; merges are none. */
  commits: number;
  /** Commits that gave an example or more. */
  used: number;
  examples: number;
  /** Examples whose region the commit leaves as it was. */
  unchanged: number;
  /** Commits that gave none, by reason. */
  readonly skippedCommits: Map<string, number>;
  /** Files of commits that took no part, by reason. */
  readonly skippedFiles: Map<string, number>;
}

export function newCounts(): ImportCounts {
  return {
    commits: 0,
    used: 0,
    examples: 0,
    unchanged: 0,
    skippedCommits: new Map(),
    skippedFiles: new Map(),
  };
}

export function tally(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}
