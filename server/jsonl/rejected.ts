/** What becomes of a bad line: a sentence with file, line, field and reason, and a verbatim copy beside the output. */
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFault } from "./faults.ts";

/** How many bad lines are told of one by one; the rest are counted. */
const toldInFull = 5;
const lineFeed = Buffer.from("\n");

export interface Rejection {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, where the line is not JSON. */
  readonly column?: number;
  /** Path of the wrong field, such as `snapshot.history[2].diff`. */
  readonly field?: string;
  /** Never quotes the line, which may hold code. */
  readonly reason: string;
}

/** `in.jsonl, line 3, column 12: a value is missing` */
export function rejectionSentence(name: string, rejection: Rejection): string {
  const column = rejection.column === undefined ? "" : `, column ${rejection.column}`;
  const field = rejection.field === undefined ? "" : `${rejection.field}: `;
  return `${name}, line ${rejection.line}${column}: ${field}${rejection.reason}`;
}

/** Where copies of bad lines go. */
export interface RejectedCopies {
  /** As an absolute path. */
  readonly path: string;
  /** The same as a person would write it. */
  readonly shown: string;
  /** Called before the file is made: its folder may not be there yet. */
  readonly prepare?: () => void;
}

/** Takes bad lines for as long as a file is read. The copy is made with the first; without one there is no file. */
export class RejectedLines {
  readonly #source: string;
  readonly #copies: RejectedCopies;
  readonly #tell: (sentence: string) => void;
  #handle: FileHandle | undefined;
  #closed = false;
  count = 0;

  /**
   * @param source what the file that is read is called
   * @param tell is given a sentence for each of the first bad lines, and one at the end
   */
  constructor(source: string, copies: RejectedCopies, tell: (sentence: string) => void) {
    this.#source = source;
    this.#copies = copies;
    this.#tell = tell;
  }

  /** Where the copies go, as an absolute path. */
  get path(): string {
    return this.#copies.path;
  }

  /** Removes what an earlier reading of the same lines left, since this reading starts at the first line. */
  async begin(): Promise<void> {
    await rm(this.#copies.path, { force: true });
  }

  /** Tells of a bad line; its bytes are copied by `copy`. */
  reject(rejection: Rejection): void {
    this.count++;
    if (this.count <= toldInFull) this.#tell(rejectionSentence(this.#source, rejection));
  }

  /** Copies a bad line, or a part of one. `last` ends it. */
  async copy(bytes: Buffer, last: boolean): Promise<void> {
    try {
      this.#handle ??= await this.#create();
      await this.#handle.appendFile(last && bytes.at(-1) !== lineFeed[0] ? Buffer.concat([bytes, lineFeed]) : bytes);
    } catch (error) {
      throw writeFault(error, this.#copies.shown);
    }
  }

  /** Says how many there were beyond those told one by one, and where they all are. */
  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
    if (this.count === 0 || this.#closed) return;
    this.#closed = true;
    const more = this.count > toldInFull ? `and ${this.count - toldInFull} more bad lines; ` : "";
    const lines = this.count === 1 ? "the bad line is" : `all ${this.count} bad lines are`;
    this.#tell(`${more}${lines} in ${this.#copies.shown}`);
  }

  async #create(): Promise<FileHandle> {
    this.#copies.prepare?.();
    await mkdir(dirname(this.#copies.path), { recursive: true });
    return open(this.#copies.path, "w");
  }
}
