/** The little that the gate and its neighbours ask of a file system. */
import { open, readdir, realpath, stat } from "node:fs/promises";
import { normalPath } from "./uri.ts";

export interface FileStat {
  readonly kind: "file" | "folder" | "other";
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Paths as in uri.ts. Null means that there is nothing at the path; whatever else goes wrong is thrown. */
export interface Files {
  /** With every link followed and, where case counts nothing, the letters as they are written on the disk. */
  realPath(path: string): Promise<string | null>;
  /** Of what a link leads to. */
  stat(path: string): Promise<FileStat | null>;
  /** The first `maxBytes` of a file, as UTF-8. */
  readText(path: string, maxBytes: number): Promise<string | null>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[] | null>;
}

/**
 * What the system calls a fault, such as `EACCES`: its message would hold a path.
 * @throws the error itself where it is none of the system's
 */
export function systemCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

const isMissing = (error: unknown) =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

async function unlessMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function nodeFiles(platform: NodeJS.Platform): Files {
  return {
    async realPath(path) {
      const real = await unlessMissing(realpath(path));
      if (real === null) return null;
      return normalPath(platform === "win32" ? real.replaceAll("\\", "/") : real);
    },
    async stat(path) {
      const found = await unlessMissing(stat(path));
      if (found === null) return null;
      const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
      return { kind, bytes: found.size, modifiedMs: found.mtimeMs };
    },
    readText: (path, maxBytes) => unlessMissing(readStart(path, maxBytes)),
    list: (folder) => unlessMissing(readdir(folder)),
  };
}

async function readStart(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.toString("utf8", 0, filled);
  } finally {
    await file.close();
  }
}
