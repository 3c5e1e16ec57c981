/**
 * The file that this window adds lines to. Any window may at any time take it over, by giving it another name, to write
 * what still counts of it into a new one; so after every write this one looks whether the file is still there under its
 * name. If it is, whoever takes it over later reads what was written. If not, the lines are written again, to a new file:
 * read twice, a line says nothing new.
 */
import { join } from "node:path";
import { isMissing } from "./faults.ts";
import type { OutboxFile, OutboxFiles } from "./files.ts";
import { logEnding } from "./log-file.ts";

/** Others take over a few times a day at most. */
const maxTries = 5;

export interface Segment {
  /** Durable once it resolves. @throws the system's error; nothing was added then */
  append(lines: string): Promise<void>;
}

interface SegmentOptions {
  readonly folder: string;
  readonly files: OutboxFiles;
  /** A stem that no file has ever had. */
  readonly newStem: () => string;
  /** From this size on the next line goes to a new file. */
  readonly segmentBytes: number;
}

export function createSegment({ folder, files, newStem, segmentBytes }: SegmentOptions): Segment {
  let path: string | undefined;

  /** @returns whether it is there for all to read */
  async function write(bytes: Uint8Array): Promise<boolean> {
    const isNew = path === undefined;
    const target = path ?? join(folder, `${newStem()}${logEnding}`);
    // Whatever goes wrong from here on: what a failed write left is the end of that file.
    path = undefined;
    let handle: OutboxFile;
    try {
      handle = await files.open(target, isNew ? "create" : "append");
    } catch (error) {
      if (!isNew && isMissing(error)) return false;
      throw error;
    }
    let before: { readonly identity: string; readonly size: number };
    try {
      before = await handle.facts();
      await appendWhole(handle, bytes, before.size);
    } catch (error) {
      await handle.close();
      if (isNew) await undone(() => files.unlink(target));
      throw error;
    }
    await handle.close();
    if (isNew) await syncNew(target);
    if (!(await isStill(target, before.identity))) return false;
    if (before.size + bytes.length < segmentBytes) path = target;
    return true;
  }

  async function syncNew(target: string): Promise<void> {
    try {
      await files.syncFolder(folder);
    } catch (error) {
      await undone(() => files.unlink(target));
      throw error;
    }
  }

  async function isStill(target: string, identity: string): Promise<boolean> {
    try {
      return (await files.facts(target)).identity === identity;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  return {
    async append(lines) {
      const bytes = Buffer.from(lines);
      for (let left = maxTries; left > 0; left--) if (await write(bytes)) return;
      throw new Error("the outbox's file was taken over again and again");
    },
  };
}

async function appendWhole(handle: OutboxFile, bytes: Uint8Array, sizeBefore: number): Promise<void> {
  try {
    await handle.append(bytes);
    await handle.sync();
  } catch (error) {
    await undone(() => handle.truncate(sizeBefore));
    throw error;
  }
}

/** What cannot be undone either stays, unused: the first error is the one to tell. */
async function undone(step: () => Promise<void>): Promise<void> {
  await step().catch(() => undefined);
}
