/** What the main thread and the store's workers say to each other. */
import type { UnavailableCode } from "./faults.ts";
import { Refusal, StoreUnavailable } from "./faults.ts";

export interface WorkerOptions {
  /** `cache`: deletes from the cache of answers. */
  readonly role: "write" | "read" | "cache";
  readonly file: string;
}

export type MethodKind = "write" | "maintain" | "read";

export interface MethodCall {
  readonly kind: MethodKind;
  readonly family: string;
  readonly method: string;
  readonly args: unknown;
}

/** Opens the database, which the writing thread makes where it is not there. Answered by one outcome. */
export interface OpenMessage {
  readonly open: true;
}

/**
 * Writes for one transaction, or one call of another kind. Answered by an outcome a call in the same order, or by one
 * for all where the worker ended.
 */
export interface CallsMessage {
  readonly calls: readonly MethodCall[];
}

/** Answered by one `Outcomes` of none; the worker has closed its database and ends. */
export interface CloseMessage {
  readonly close: true;
}

export type ToWorker = OpenMessage | CallsMessage | CloseMessage;

export type Outcome =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly field: string | undefined }
  | { readonly kind: "unavailable"; readonly code: UnavailableCode; readonly detail: string }
  /** A mistake in the program, or a database that is not ours. */
  | { readonly kind: "failed"; readonly error: unknown };

export interface Outcomes {
  readonly outcomes: readonly Outcome[];
}

/** What a caller is told. */
export function errorOf(outcome: Exclude<Outcome, { kind: "done" }>): unknown {
  switch (outcome.kind) {
    case "refused":
      return new Refusal({
        code: outcome.code,
        message: outcome.message,
        ...(outcome.field !== undefined && { field: outcome.field }),
      });
    case "unavailable":
      return new StoreUnavailable(outcome.code, outcome.detail);
    case "failed":
      return outcome.error;
  }
}
