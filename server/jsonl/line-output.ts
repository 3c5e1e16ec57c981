/** What lines are written to, whatever that is: a file in the making, a device, a stream. */

/** What a finished output holds. */
export interface Written {
  readonly lines: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface LineOutput {
  /** Whole lines that an interrupted run of the same work left, in order. Each must be kept or all from it on redone. */
  kept(): AsyncGenerator<KeptLine, void, undefined>;
  /** Says that a line of `kept` stays. */
  keep(line: KeptLine): void;
  write(line: string): Promise<void>;
  /** Puts the result in its place. */
  commit(): Promise<Written>;
  /** Lets go of the file; without `commit` before, what was written stays behind as partial. */
  close(): Promise<void>;
}

export interface KeptLine {
  readonly bytes: Buffer;
  /** Offset behind it. */
  readonly end: number;
}
