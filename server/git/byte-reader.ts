/** Reads a stream of bytes token by token. Holds one chunk and what a token has of the chunks before. */
import type { Readable } from "node:stream";

export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The next byte, not taken; null at the end. */
  async peek(): Promise<number | null> {
    while (this.#position >= this.#buffer.length) if (!(await this.#fill())) return null;
    return this.#buffer[this.#position] ?? null;
  }

  /** The bytes before the next `separator`, which is taken too; at the end of the stream, whatever is left. */
  async until(separator: number): Promise<Buffer> {
    let scanned = this.#position;
    for (;;) {
      const at = this.#buffer.indexOf(separator, scanned);
      if (at !== -1) {
        const token = this.#buffer.subarray(this.#position, at);
        this.#position = at + 1;
        return token;
      }
      scanned = this.#buffer.length - this.#position;
      if (!(await this.#fill())) {
        const rest = this.#buffer.subarray(this.#position);
        this.#position = this.#buffer.length;
        return rest;
      }
    }
  }

  /** Exactly `length` bytes, fewer only where the stream ends. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0 && (await this.peek()) !== null) {
      const part = this.#buffer.subarray(this.#position, this.#position + missing);
      parts.push(part);
      missing -= part.length;
      this.#position += part.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  /** Passes over `length` bytes without holding them. */
  async skip(length: number): Promise<void> {
    let missing = length;
    while (missing > 0 && (await this.peek()) !== null) {
      const passed = Math.min(missing, this.#buffer.length - this.#position);
      missing -= passed;
      this.#position += passed;
    }
  }

  /** Appends a chunk behind what is not read yet, which then begins at 0; false at the end of the stream. */
  async #fill(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    const rest = this.#buffer.subarray(this.#position);
    this.#buffer = rest.length === 0 ? value : Buffer.concat([rest, value]);
    this.#position = 0;
    return true;
  }
}
