/** Faults that end a command, by the exit code the design gives them. Everything else that is thrown exits 1. */

/** Usage or configuration: exit code 2. The message is a sentence that says what, where and what to do. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** The work failed for a reason a person can act on (a full disk, a vanished file): exit code 1, no stack trace. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** What may be spent is spent: exit code 5. What was bought is kept; the message says how to go on. */
export class BudgetReached extends Error {
  override readonly name = "BudgetReached";
}

/** What was asked for in batches has not come yet: exit code 6. The message says how to go on. */
export class BatchesWaiting extends Error {
  override readonly name = "BatchesWaiting";
}

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  rejectedLines: 3,
  quarantined: 4,
  budgetReached: 5,
  batchesWaiting: 6,
  interrupted: 130,
  terminated: 143,
} as const;

/** For switches over unions: a value that the types say cannot be. */
export function assertNever(value: never): never {
  throw new Error(`impossible value: ${JSON.stringify(value)}`);
}
