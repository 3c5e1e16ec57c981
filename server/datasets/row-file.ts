/** A file of lines in a version that is being written: hashed and counted on the way, on disk when it is closed. */
import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { LineBuffer } from "../jsonl/line-buffer.ts";
import { writeAll } from "../jsonl/whole-file.ts";

export interface FinishedFile {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export class RowFile {
  readonly #handle: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  readonly #buffer: LineBuffer;
  #rows = 0;
  #bytes = 0;
  #closed = false;

  /** @throws the system's own error, here and below: the caller knows what the file is to a person. */
  static async create(path: string): Promise<RowFile> {
    return new RowFile(await open(path, "wx"));
  }

  private constructor(handle: FileHandle) {
    this.#handle = handle;
    this.#buffer = new LineBuffer(async (bytes) => {
      await writeAll(handle, bytes, null);
      this.#hash.update(bytes);
      this.#bytes += bytes.length;
    });
  }

  async write(line: string): Promise<void> {
    await this.#buffer.add(line);
    this.#rows++;
  }

  /** Puts it all on disk. Nothing may be written afterwards. */
  async finish(): Promise<FinishedFile> {
    await this.#buffer.flush();
    await this.#handle.sync();
    await this.close();
    return { rows: this.#rows, bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Lets go of the file; what was not finished may be lost. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#buffer.abandon();
    await this.#handle.close();
  }
}

/** Of a line without its line end, as the manifest has it. */
export function sha256OfLine(line: string): string {
  return createHash("sha256").update(line, "utf8").digest("hex");
}
