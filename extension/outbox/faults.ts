/** What the disk refuses, as sentences for the status item: they name no file and quote no code. */
import type { Translate } from "../translate.ts";
import { inEnglish } from "../translate.ts";

/**
 * - `full`: no space, or the quota is used up.
 * - `unwritable`: no permission, or a read-only disk.
 * - `broken`: whatever else the system says.
 */
export type OutboxFaultKind = "full" | "unwritable" | "broken";

const kinds: Record<string, OutboxFaultKind> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  EACCES: "unwritable",
  EPERM: "unwritable",
  EROFS: "unwritable",
};

/** Each is a message of the translations. */
export const faultSentences = {
  full: "The disk is full: nothing can be kept until there is room.",
  unwritable: "The outbox's folder cannot be written to.",
  broken: "The outbox's folder cannot be used ({code}).",
} as const satisfies Record<OutboxFaultKind, string>;

/** Nothing was kept. What was there before still is. */
export class OutboxFault extends Error {
  override readonly name = "OutboxFault";
  readonly kind: OutboxFaultKind;
  /** The system's, such as `ENOSPC`. */
  readonly code: string;

  constructor(kind: OutboxFaultKind, code: string, options?: ErrorOptions) {
    super(inEnglish(faultSentences[kind], { code }), options);
    this.kind = kind;
    this.code = code;
  }
}

export function faultSentence({ kind, code }: OutboxFault, translate: Translate): string {
  return translate(faultSentences[kind], { code });
}

export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}

export function isMissing(thrown: unknown): boolean {
  return codeOf(thrown) === "ENOENT";
}

/** A system's error as a fault of the outbox's; anything else is a defect and stays what it is. */
export function asFault(thrown: unknown): unknown {
  const code = codeOf(thrown);
  return code === undefined ? thrown : new OutboxFault(kinds[code] ?? "broken", code, { cause: thrown });
}
