/** Rule 9: files that no person wrote, or that are too big for anybody to have. */
import { handsOffPath, hasGeneratedMark } from "../../shared/repository/paths.ts";

export const contentLimits = { bytes: 2 * 1_024 * 1_024, lines: 50_000, meanLineChars: 240 } as const;

/** Git's own test for a binary file: a NUL near its beginning. */
const binaryChars = 8_000;
/** As much of the beginning as a generator's mark is looked for in. */
export const headChars = 8_192;

export interface ContentRefusal {
  readonly reason: "bytes" | "lines" | "minified" | "binary" | "generated" | "unreadable";
  readonly values: Record<string, string | number>;
}

/** A text as far as the rule asks. */
export interface TextFigures {
  readonly bytes: number;
  readonly chars: number;
  readonly lines: number;
  /** Its first `headChars` characters, or all of them. */
  readonly head: string;
}

export function tooManyBytes(bytes: number): ContentRefusal | null {
  return bytes > contentLimits.bytes
    ? { reason: "bytes", values: { limit: contentLimits.bytes / 1_024 / 1_024 } }
    : null;
}

/** By its name: a lock file, or what a program writes. */
export function generatedByPath(path: string): ContentRefusal | null {
  const kind = handsOffPath(path);
  return kind === "lockfile" || kind === "generated" ? { reason: "generated", values: {} } : null;
}

export function refusedContent({ bytes, chars, lines, head }: TextFigures): ContentRefusal | null {
  const tooBig = tooManyBytes(bytes);
  if (tooBig) return tooBig;
  if (lines > contentLimits.lines) return { reason: "lines", values: { limit: contentLimits.lines } };
  if (chars > contentLimits.meanLineChars * lines) {
    return { reason: "minified", values: { limit: contentLimits.meanLineChars } };
  }
  if (head.slice(0, binaryChars).includes("\0")) return { reason: "binary", values: {} };
  return hasGeneratedMark(head) ? { reason: "generated", values: {} } : null;
}
