/**
 * What the outbox asks of a file system: few, small steps, so that a test can stand between any two of them. A failed
 * step rejects with the system's error, by its code.
 */
import type { FileHandle } from "node:fs/promises";
import { chmod, constants, mkdir, open, readdir, rename, stat, unlink, utimes } from "node:fs/promises";

/** Nobody else on the machine reads what waits: it is code. */
const folderMode = 0o700;
const fileMode = 0o600;

/** Of files that mean something to the one who is making them alone: after a crash anybody may remove them. */
export const leftoverEnding = ".tmp";

export interface FileFacts {
  /** Tells two files apart that had the same name one after the other. */
  readonly identity: string;
  /** In bytes. */
  readonly size: number;
  readonly modifiedMs: number;
}

export interface OutboxFile {
  facts(): Promise<FileFacts>;
  /** @returns how many bytes it read; fewer than asked for at the end alone */
  read(into: Uint8Array, position: number): Promise<number>;
  /** All of it, at the end of the file. */
  append(bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Returns once the content would survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxFiles {
  /** Makes it and what is above it, for its owner alone. */
  makeFolder(path: string): Promise<void>;
  /** Names in no order. */
  list(folder: string): Promise<string[]>;
  /** `create` rejects with EEXIST where there is one; the others with ENOENT where there is none. */
  open(path: string, how: "read" | "append" | "create"): Promise<OutboxFile>;
  /** @throws ENOENT */
  facts(path: string): Promise<FileFacts>;
  /** Says that it was written to now. */
  touch(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Returns once names that were made, changed or removed in it would survive a power cut. */
  syncFolder(path: string): Promise<void>;
}

const flags = {
  read: constants.O_RDONLY,
  append: constants.O_WRONLY | constants.O_APPEND,
  create: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
};

export const systemFiles: OutboxFiles = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: folderMode });
    // It may have been there, and readable for others.
    await chmod(path, folderMode);
  },
  list: (folder) => readdir(folder),
  open: async (path, how) => asOutboxFile(await open(path, flags[how], fileMode)),
  facts: async (path) => factsOf(await stat(path, { bigint: true })),
  async touch(path) {
    const now = new Date();
    await utimes(path, now, now);
  },
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  async syncFolder(path) {
    // Windows has no such call, and does not need one.
    if (process.platform === "win32") return;
    const handle = await open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function asOutboxFile(handle: FileHandle): OutboxFile {
  return {
    facts: async () => factsOf(await handle.stat({ bigint: true })),
    async read(into, position) {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    append: (bytes) => handle.appendFile(bytes),
    truncate: (size) => handle.truncate(size),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function factsOf(stats: {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeMs: bigint;
}) {
  return { identity: `${stats.dev}:${stats.ino}`, size: Number(stats.size), modifiedMs: Number(stats.mtimeMs) };
}
