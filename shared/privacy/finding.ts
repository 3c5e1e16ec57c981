/** What the scanners say: where a secret stands, in the text that they were given. */

/**
 * Where else the same characters are the same secret: `anywhere`; only where no letter, digit or `-` touches them
 * (`word`: an address inside a longer one is another); only where nothing but quotes shares their line (`line`: the
 * last characters of a key's text); only as a component of a path or the account of an address (`path`: a user's name);
 * wherever the last name in it ends there (`folder`).
 */
export type Reach = "anywhere" | "word" | "line" | "path" | "folder";

export interface Part {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly reach: Reach;
}

/** One secret, or one piece of personal data. No part spans a line end: a private key has a part a line. */
export interface Finding {
  readonly kind: string;
  readonly parts: readonly Part[];
}

export function finding(kind: string, start: number, end: number, reach: Reach = "anywhere"): Finding {
  return { kind, parts: [{ start, end, reach }] };
}

/** How much of a line stands before a key's text on it: indentation, a comment's mark, a quote. */
export function keyLineLead(line: string): number {
  return /^[ \t]*(?:\/\/|[#*])?[ \t]*["'`]?/u.exec(line)?.[0].length ?? 0;
}
