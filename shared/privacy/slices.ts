/** Long work in a process that others wait for: done a slice at a time. */

export interface Slices {
  readonly monotonicMs: () => number;
  /** Resolves when the others had their turn. */
  readonly pause: () => Promise<void>;
}

/** Then the others get their turn. A step that was begun is ended, so a slice can take a step longer. */
const maxSliceMs = 8;

/** Runs `steps` to their end, with a pause behind each slice. */
export async function inSlices<Result>(
  steps: Generator<undefined, Result>,
  { monotonicMs, pause }: Slices,
): Promise<Result> {
  let startedMs = monotonicMs();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (monotonicMs() - startedMs < maxSliceMs) continue;
    await pause();
    startedMs = monotonicMs();
  }
}

/** Runs `steps` to their end in one go. */
export function atOnce<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
