/**
 * `run.log.jsonl`: what happened when, for whoever asks why a run took long or left something out. Times, requests and
 * reason codes stand here and nowhere else; code never does.
 */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { writeFault } from "../jsonl/faults.ts";
import { LineBuffer } from "../jsonl/line-buffer.ts";
import { writeAll } from "../jsonl/whole-file.ts";
import type { StageLogEntry } from "../stages/stage.ts";

export class RunLog {
  readonly #handle: FileHandle;
  readonly #lines: LineBuffer;
  readonly #now: () => Date;
  #fault: unknown;

  /** Opens the log of an earlier attempt at the same run and writes behind it. */
  static async open(path: string, now: () => Date): Promise<RunLog> {
    const handle = await open(path, "a+");
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    // A kill in the middle of a line must not spoil the next.
    if (size > 0 && buffer.toString() !== "\n") await handle.appendFile("\n");
    return new RunLog(handle, path, now);
  }

  private constructor(handle: FileHandle, path: string, now: () => Date) {
    this.#handle = handle;
    this.#now = now;
    this.#lines = new LineBuffer(async (bytes) => {
      try {
        await writeAll(handle, bytes, null);
      } catch (error) {
        throw writeFault(error, path);
      }
    });
  }

  /** A fault of writing is thrown by `close`: a log is no reason to stop what it tells of. */
  readonly write = (entry: StageLogEntry): void => {
    this.#lines.add(JSON.stringify({ at: this.#now().toISOString(), ...entry })).catch((error: unknown) => {
      this.#fault ??= error;
    });
  };

  async close(): Promise<void> {
    try {
      await this.#lines.flush();
    } finally {
      this.#lines.abandon();
      await this.#handle.close();
    }
    if (this.#fault !== undefined) throw this.#fault;
  }
}
