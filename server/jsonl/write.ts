/**
 * Writes lines to a file so that its name only ever stands for a whole result: into `FILE.partial`, which a later
 * run of the same work continues, and renamed at the end. A pipe or a device is written to directly.
 */
import { createHash } from "node:crypto";
import { access, constants, open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import type { Json } from "../../shared/canonical-json.ts";
import { ConfigurationError } from "../errors.ts";
import { isSystemError, systemReason, writeFault } from "./faults.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { LineOutput } from "./line-output.ts";
import { PartialOutput } from "./partial.ts";
import { writeAll } from "./whole-file.ts";

/** Where lines go: into a file that is made whole, or straight into a device or FIFO. */
export type OutputTarget =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "device"; readonly path: string };

/**
 * Where the bytes of `path` would go: through symbolic links, since a rename would replace the link.
 * @param shown the path as the person wrote it
 * @throws ConfigurationError for a folder, and for a file whose folder does not exist or takes no new file: the result
 * is made beside its place
 */
export async function outputTarget(path: string, shown: string): Promise<OutputTarget> {
  if (path.startsWith("/dev/")) return { kind: "device", path };
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw new ConfigurationError(`cannot write ${shown}: it is a folder; name a file.`);
    if (!stats.isFile()) return { kind: "device", path };
    const real = await realpath(path);
    await access(dirname(real), constants.W_OK);
    return { kind: "file", path: real };
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw outputFault(error, shown);
  }
  try {
    await access(dirname(path), constants.W_OK);
    return { kind: "file", path };
  } catch (error) {
    throw outputFault(error, shown);
  }
}

/**
 * @param identity everything that decides the lines: a partial file of another identity is no start. Undefined where
 * that is not known, so that there is nothing to continue.
 */
export async function openOutput(target: OutputTarget, shown: string, identity: Json | undefined): Promise<LineOutput> {
  try {
    if (target.kind === "device") return await deviceOutput(target.path, shown);
    return await PartialOutput.open(target.path, shown, identity);
  } catch (error) {
    throw outputFault(error, shown);
  }
}

/** Lines into something that is no file: nothing to continue, nothing to rename. */
function directOutput(writeBytes: (bytes: Buffer) => Promise<void>, close: () => Promise<void>): LineOutput {
  const hash = createHash("sha256");
  let lines = 0;
  let length = 0;
  const buffer = new LineBuffer(async (bytes) => {
    await writeBytes(bytes);
    hash.update(bytes);
    length += bytes.length;
  });
  return {
    async *kept() {
      // It holds no lines of an earlier run.
    },
    keep() {
      throw new Error("there is no line to keep");
    },
    async write(line) {
      await buffer.add(line);
      lines++;
    },
    async commit() {
      await buffer.flush();
      return { lines, bytes: length, sha256: hash.digest("hex") };
    },
    async close() {
      buffer.abandon();
      await close();
    },
  };
}

async function deviceOutput(path: string, shown: string): Promise<LineOutput> {
  const handle = await open(path, "w");
  return directOutput(
    async (bytes) => {
      try {
        await writeAll(handle, bytes, null);
      } catch (error) {
        throw writeFault(error, shown);
      }
    },
    () => handle.close(),
  );
}

/** Lines into a stream of the process. A closed pipe comes as the system's own EPIPE, which ends a command quietly. */
export function streamOutput(stream: Writable, shown: string): LineOutput {
  const write = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => {
      stream.write(bytes, (error) => (error ? reject(writeFault(error, shown)) : resolve()));
    });
  return directOutput(write, async () => undefined);
}

/** A path that cannot be opened for writing at all is a wrong argument. */
function outputFault(thrown: unknown, shown: string): unknown {
  if (isSystemError(thrown) && thrown.code === "ENOENT") {
    return new ConfigurationError(`cannot write ${shown}: its folder does not exist.`);
  }
  if (isSystemError(thrown) && (thrown.code === "EACCES" || thrown.code === "ENOTDIR" || thrown.code === "EROFS")) {
    return new ConfigurationError(`cannot write ${shown}: ${systemReason(thrown)}.`);
  }
  return writeFault(thrown, shown);
}
