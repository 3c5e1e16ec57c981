/** Gathers lines into larger writes, and lets none lie for long when no more come. */

const flushBytes = 64 * 1024;
/** A line that a slow model paid for is on disk, or in the next command's hands, after this time. */
const flushAfterMs = 100;

export class LineBuffer {
  readonly #write: (bytes: Buffer) => Promise<void>;
  #lines: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The writes so far, one after the other. It fails once and for all with the first that fails. */
  #written: Promise<void> = Promise.resolve();

  /** @param write is never called again before its promise is settled */
  constructor(write: (bytes: Buffer) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves as soon as the next line may come. @throws what an earlier write threw. */
  async add(line: string): Promise<void> {
    this.#lines.push(line, "\n");
    this.#length += line.length + 1;
    if (this.#length >= flushBytes) return this.flush();
    this.#timer ??= setTimeout(() => {
      // Whoever adds or flushes next gets the failure.
      this.flush().catch(() => undefined);
    }, flushAfterMs);
  }

  /** Resolves when everything added so far is written. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#length > 0) {
      const bytes = Buffer.from(this.#lines.join(""), "utf8");
      this.#lines = [];
      this.#length = 0;
      this.#written = this.#written.then(() => this.#write(bytes));
      this.#written.catch(() => undefined);
    }
    return this.#written;
  }

  /** Drops what has not been written; for when the writing has failed. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lines = [];
    this.#length = 0;
  }
}
