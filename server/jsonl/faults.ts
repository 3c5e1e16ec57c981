/** Failed system calls as sentences that name the file. */
import { ConfigurationError, Failure } from "../errors.ts";

const reasons: Record<string, string> = {
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the device reports an input or output error",
  EROFS: "the file system is read-only",
  EACCES: "permission is denied",
  EPERM: "the operation is not permitted",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  EEXIST: "it exists already",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links go in a circle",
};

export function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).code === "string";
}

/** Why the call failed, in words; undefined for a code that a person can do nothing about. */
export function systemReason(thrown: unknown): string | undefined {
  return isSystemError(thrown) ? reasons[thrown.code ?? ""] : undefined;
}

/** What to throw when `shown` could not be read: the person named a file that is not to be had. */
export function readFault(thrown: unknown, shown: string): unknown {
  const reason = systemReason(thrown);
  return reason === undefined ? thrown : new ConfigurationError(`cannot read ${shown}: ${reason}.`);
}

/** What to throw when `shown` could not be written. `kept` says what became of what was written before. */
export function writeFault(thrown: unknown, shown: string, kept = ""): unknown {
  const reason = systemReason(thrown);
  return reason === undefined ? thrown : new Failure(`cannot write ${shown}: ${reason}.${kept && ` ${kept}`}`);
}
