/** What a call of the store can fail with, besides a mistake in the program. All of them cross from thread to thread. */

/** Why the store cannot do its work at present; the cause lies outside of the program. */
export type UnavailableCode =
  /** No space left on the disk, or the quota is used up. */
  | "full"
  /** Another process has held the database for longer than a caller should wait. */
  | "locked"
  /** The file, its folder or its file system may only be read. */
  | "read-only"
  /** A page, or the whole file, is not what was written. */
  | "corrupt"
  /** The file cannot be opened, or another one lies in its place. */
  | "missing"
  /** The disk reports an error. */
  | "disk"
  /** A thread of the store ended by itself; it is started again. */
  | "stopped"
  /** The store is closed, or about to be. */
  | "closed";

const sentences: Readonly<Record<UnavailableCode, string>> = {
  full: "The server's disk is full. What was sent is not stored; send it again later.",
  locked: "The server's database is held by another process. What was sent is not stored; send it again later.",
  "read-only": "The server's data folder cannot be written. What was sent is not stored; send it again later.",
  corrupt: "The server's database is damaged where this request needs it. Tell the server's operator.",
  missing: "The server's database cannot be opened. Tell the server's operator.",
  disk: "The server's disk reports an error. Tell the server's operator.",
  stopped: "The server's store was interrupted, and starts again. Send the same again.",
  closed: "The server is stopping. Send the same again once it is back.",
};

/**
 * The work was not done, or nobody knows whether it was; the same call may be made again. The message is for the one
 * who asked, and names no path.
 */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  readonly code: UnavailableCode;
  /** For the operator's log: which file, what SQLite said, and what to do. */
  readonly detail: string;

  constructor(code: UnavailableCode, detail: string) {
    super(sentences[code]);
    this.code = code;
    this.detail = detail;
  }
}

/** More is waiting to be written than the store lets wait. Nothing was done. */
export class StoreBacklogged extends Error {
  override readonly name = "StoreBacklogged";
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("The server has more to store than its disk takes at present. Send the same again later.");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface RefusalOptions {
  /** Stable, in kebab-case: a program decides by it. */
  readonly code: string;
  /** A sentence that helps, without any code of the contributor's. */
  readonly message: string;
  /** Path of the argument's field that it is about. */
  readonly field?: string;
}

/** Thrown by a family's method: what was asked cannot be, and nothing of this call was done. Its neighbours' was. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;
  readonly field: string | undefined;

  constructor({ code, message, field }: RefusalOptions) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
