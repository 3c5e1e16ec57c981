/** Reads `run.progress.jsonl` while another process writes it: what is there, then what has come since. */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { parseRecord } from "../../shared/records/parse.ts";
import { isSystemError } from "../jsonl/faults.ts";
import type { ProgressRecord } from "./run-progress.ts";
import { progressRecord } from "./run-progress.ts";

const lineFeed = 0x0a;

export interface ToldRecord {
  readonly record: ProgressRecord;
  /** Byte behind its line: names the record within its attempt. */
  readonly end: number;
}

export interface ProgressTail {
  /**
   * Whole lines that came since the last call. Where another attempt has begun meanwhile, its first record comes first.
   * None where there is no file.
   */
  read(): Promise<ToldRecord[]>;
}

export function progressTail(path: string): ProgressTail {
  /** The first line, which tells attempts apart. */
  let head: Buffer = Buffer.alloc(0);
  let readTo = 0;

  async function readFrom(file: FileHandle): Promise<ToldRecord[]> {
    const { size } = await file.stat();
    if (size < readTo || !(await bytesOf(file, 0, head.length)).equals(head)) {
      head = Buffer.alloc(0);
      readTo = 0;
    }
    const bytes = await bytesOf(file, readTo, size - readTo);
    const records: ToldRecord[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(lineFeed, start);
      if (end === -1) break;
      if (head.length === 0) head = bytes.subarray(0, end + 1);
      const record = readLine(bytes.subarray(start, end));
      if (record !== undefined) records.push({ record, end: readTo + end + 1 });
      start = end + 1;
    }
    readTo += start;
    return records;
  }

  return {
    async read() {
      const file = await openIfThere(path);
      if (file === undefined) return [];
      try {
        return await readFrom(file);
      } finally {
        await file.close();
      }
    },
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}

async function bytesOf(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    // It was begun anew in between; the next call sees that.
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Undefined for a line of another version. */
function readLine(line: Buffer): ProgressRecord | undefined {
  try {
    const parsed = parseRecord(progressRecord, JSON.parse(line.toString("utf8")));
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}
