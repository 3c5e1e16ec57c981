/** What a handler throws when a request cannot be answered, and how it reads on the wire (RFC 9457). */
import { STATUS_CODES } from "node:http";
import type { ProblemDocument, RequestFault } from "../../shared/wire/problem.ts";

export interface ProblemInit {
  readonly status: number;
  /** Stable, in lower case with hyphens: `token-revoked`. */
  readonly code: string;
  /** A sentence that says what is wrong and what to do. Quotes nothing of a body. */
  readonly detail: string;
  readonly field?: string | undefined;
  readonly faults?: readonly RequestFault[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly faults: readonly RequestFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(init: ProblemInit, options?: ErrorOptions) {
    super(init.detail, options);
    this.status = init.status;
    this.code = init.code;
    this.field = init.field ?? init.faults?.[0]?.field;
    this.faults = init.faults;
    this.headers = init.headers ?? {};
  }
}

/** @param instance names the request in the log */
export function problemBody(problem: Problem, instance?: string): ProblemDocument {
  return {
    type: `urn:stillpoint:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? "Error",
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.field !== undefined && { field: problem.field }),
    ...(problem.faults !== undefined && { faults: [...problem.faults] }),
    ...(instance !== undefined && { instance }),
  };
}
