/**
 * JSONL files without somebody's lines. A file is first read; only where something of theirs is in it a second one is
 * written beside it, which takes its place when everything else that must be known of it is on disk.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Example } from "../../shared/records/example.ts";
import { writeFault } from "../jsonl/faults.ts";
import { splitLines } from "../jsonl/lines.ts";
import { readChunks } from "../jsonl/read-chunks.ts";
import { syncFolder, writeAll } from "../jsonl/whole-file.ts";
import type { ErasedData, Verdict } from "./lines.ts";
import { judgeLine } from "./lines.ts";

const suffix = ".erasing";
const lineFeed = Buffer.from("\n");
/** Gathered before they are written. */
const bufferBytes = 1 << 20;

export interface Rewritten {
  readonly path: string;
  /** SHA-256 of the file as it was. */
  readonly was: string;
  readonly wasBytes: number;
  readonly now: { readonly sha256: string; readonly bytes: number; readonly lines: number };
  readonly removed: number;
  /** Taken out of others' lines. */
  readonly ratings: number;
  /** Ids of the examples that went. */
  readonly examples: readonly string[];
}

export interface RewriteOptions {
  readonly erased: ErasedData;
  /** Whether the file holds copies of lines that were no examples. */
  readonly rejected: boolean;
  readonly signal: AbortSignal;
  /** Of every example that stays. */
  readonly onKept?: (example: Partial<Example>) => void;
}

/** Removes what a crash has left of rewriting in this folder. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith(suffix)) await rm(join(folder, name), { force: true });
}

/**
 * Writes what the file should be beside it; `putInPlace` ends it.
 * @returns undefined where nothing of theirs is in the file
 * @throws Failure where the disk does not take it
 */
export async function rewrite(path: string, options: RewriteOptions): Promise<Rewritten | undefined> {
  const source = await open(path, "r");
  try {
    if (!(await holdsAny(source, options))) return undefined;
    const made = `${path}${suffix}`;
    try {
      const target = await open(made, "w");
      try {
        return await copy(path, source, target, options);
      } finally {
        await target.close();
      }
    } catch (error) {
      await rm(made, { force: true });
      throw writeFault(error, path);
    }
  } finally {
    await source.close();
  }
}

export async function putInPlace(path: string): Promise<void> {
  try {
    await rename(`${path}${suffix}`, path);
    await syncFolder(join(path, ".."));
  } catch (error) {
    throw writeFault(error, path);
  }
}

async function holdsAny(source: FileHandle, options: RewriteOptions): Promise<boolean> {
  for await (const { verdict } of judged(source, options)) if (verdict.kind !== "keep") return true;
  return false;
}

async function copy(path: string, source: FileHandle, target: FileHandle, options: RewriteOptions): Promise<Rewritten> {
  const was = createHash("sha256");
  const now = createHash("sha256");
  const examples: string[] = [];
  let [wasBytes, bytes, lines, removed, ratings] = [0, 0, 0, 0, 0];
  let held: Buffer[] = [];
  let heldBytes = 0;
  const flush = async (): Promise<void> => {
    await writeAll(target, Buffer.concat(held), null);
    held = [];
    heldBytes = 0;
  };
  for await (const chunk of readChunks(source)) {
    was.update(chunk);
    wasBytes += chunk.byteLength;
  }
  for await (const { verdict, line } of judged(source, options)) {
    if (verdict === cutOff) continue;
    if (verdict.kind === "remove") {
      removed += 1;
      if (verdict.id !== undefined) examples.push(verdict.id);
      continue;
    }
    if (verdict.kind === "change") ratings += verdict.ratings;
    if (verdict.example !== undefined) options.onKept?.(verdict.example);
    const kept = verdict.kind === "change" ? Buffer.from(JSON.stringify(verdict.example)) : line;
    for (const part of [kept, lineFeed]) {
      now.update(part);
      held.push(part);
      bytes += part.length;
      heldBytes += part.length;
    }
    lines += 1;
    if (heldBytes >= bufferBytes) await flush();
  }
  await flush();
  await target.sync();
  return {
    path,
    was: was.digest("hex"),
    wasBytes,
    now: { sha256: now.digest("hex"), bytes, lines },
    removed,
    ratings,
    examples,
  };
}

interface JudgedLine {
  readonly verdict: Verdict;
  readonly line: Buffer;
}

/** Of a line that a kill has cut: nobody can tell whose it was, and whoever goes on there makes it again. */
const cutOff: Verdict = { kind: "remove", id: undefined };

/** Every line of the file. One that is far too long for an example is nobody's to keep. */
async function* judged(
  source: FileHandle,
  { erased, rejected, signal }: RewriteOptions,
): AsyncGenerator<JudgedLine, void, undefined> {
  for await (const part of splitLines(readChunks(source))) {
    signal.throwIfAborted();
    if (part.kind === "overlong") {
      if (part.last) yield { verdict: { kind: "remove", id: undefined }, line: part.bytes };
    } else if (!part.ended && !parses(part.bytes)) yield { verdict: cutOff, line: part.bytes };
    else if (part.bytes.length > 0) yield { verdict: judgeLine(part.bytes, erased, rejected), line: part.bytes };
  }
}

function parses(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
