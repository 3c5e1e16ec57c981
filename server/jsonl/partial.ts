/** An output in the making: lines in `FILE.partial`, which a later run of the same work continues. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Json } from "../../shared/canonical-json.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { isSystemError, writeFault } from "./faults.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { KeptLine, LineOutput, Written } from "./line-output.ts";
import { splitLines } from "./lines.ts";
import { readChunks } from "./read-chunks.ts";
import { readIfThere } from "./read-if-there.ts";
import { syncFolder, writeAll, writeWhole } from "./whole-file.ts";

/** Lines into `path.partial`, with what they are the lines of beside them in `path.partial.json`. */
export class PartialOutput implements LineOutput {
  readonly #path: string;
  readonly #shown: string;
  readonly #handle: FileHandle;
  readonly #buffer: LineBuffer;
  readonly #hash = createHash("sha256");
  #lines = 0;
  #position = 0;
  #truncated = false;
  #closed = false;

  /** @throws the system's own error */
  static async open(path: string, shown: string, identity: Json | undefined): Promise<PartialOutput> {
    const partial = `${path}.partial`;
    if (identity === undefined || !(await sidecarHolds(path, identity))) {
      await rm(partial, { force: true });
      await rm(sidecarOf(path), { force: true });
      if (identity !== undefined) await writeWhole(sidecarOf(path), `${canonicalJson(identity)}\n`);
    }
    return new PartialOutput(path, shown, await openForBoth(partial));
  }

  private constructor(path: string, shown: string, handle: FileHandle) {
    this.#path = path;
    this.#shown = shown;
    this.#handle = handle;
    this.#buffer = new LineBuffer((bytes) => this.#append(bytes));
  }

  async *kept(): AsyncGenerator<KeptLine, void, undefined> {
    for await (const part of splitLines(readChunks(this.#handle))) {
      if (part.kind !== "line" || !part.ended) return;
      yield part;
    }
  }

  keep(line: KeptLine): void {
    this.#hash.update(line.bytes).update("\n");
    this.#position = line.end;
    this.#lines++;
  }

  async write(line: string): Promise<void> {
    await this.#buffer.add(line);
    this.#lines++;
  }

  async commit(): Promise<Written> {
    await this.#buffer.flush();
    try {
      await this.#truncateOnce();
      await this.#handle.sync();
      await this.#handle.close();
      this.#closed = true;
      await rename(`${this.#path}.partial`, this.#path);
      await syncFolder(dirname(this.#path));
      await rm(sidecarOf(this.#path), { force: true });
    } catch (error) {
      throw writeFault(error, this.#shown);
    }
    return { lines: this.#lines, bytes: this.#position, sha256: this.#hash.digest("hex") };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#buffer.flush();
    } finally {
      this.#buffer.abandon();
      await this.#handle.close();
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      await this.#truncateOnce();
      await writeAll(this.#handle, bytes, this.#position);
      this.#hash.update(bytes);
      this.#position += bytes.length;
    } catch (error) {
      throw writeFault(error, this.#shown, `What was written so far is kept in ${this.#shown}.partial.`);
    }
  }

  /** Cuts off a half-written line, and lines that were not kept, before the first byte behind them. */
  async #truncateOnce(): Promise<void> {
    if (this.#truncated) return;
    this.#truncated = true;
    await this.#handle.truncate(this.#position);
  }
}

function sidecarOf(path: string): string {
  return `${path}.partial.json`;
}

async function sidecarHolds(path: string, identity: Json): Promise<boolean> {
  return (await readIfThere(sidecarOf(path))) === `${canonicalJson(identity)}\n`;
}

/** For reading what is there and writing behind it; made where it is not there. */
async function openForBoth(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return open(path, "w+");
    throw error;
  }
}
