/** What keeps a dataset from being written: gathered over all examples, so that one run tells everything. */
import type { Example } from "../../shared/records/example.ts";
import { Failure } from "../errors.ts";

/** Examples named for each fault; the rest is a number. */
const shownExamples = 3;
/** Of an example's id: enough for `explain`. */
const shownIdLength = 12;

export type FaultKind = "secret" | "record" | "straddles" | "tooLong" | "duplicate";

/** Which examples, and what to do about them. */
const FAULTS: Readonly<Record<FaultKind, readonly [which: string, remedy: string]>> = {
  secret: ["that hold what looks like a secret", "pass them through stillpoint redact"],
  record: ["that contradict themselves", "make them again, or leave them out"],
  straddles: ["whose split group has examples on another side too", "pass them through stillpoint split"],
  tooLong: ["over the token limit", "--drop-long leaves them out, --max-tokens N raises the limit"],
  duplicate: ["that stand in the input already", "take one of each"],
};

export interface FaultLog {
  /** `what` is a word or two on this one, without any of its text. */
  add(kind: FaultKind, example: Pick<Example, "id">, what?: string): void;
  /** @throws Failure that says what was found, if anything was. */
  throwIfAny(dataset: string): void;
}

export function faultLog(): FaultLog {
  const found = new Map<FaultKind, { count: number; first: string[] }>();
  return {
    add(kind, example, what) {
      const entry = found.get(kind) ?? { count: 0, first: [] };
      found.set(kind, entry);
      entry.count++;
      if (entry.first.length >= shownExamples) return;
      entry.first.push(`${example.id.slice(0, shownIdLength)}${what === undefined ? "" : ` (${what})`}`);
    },
    throwIfAny(dataset) {
      if (found.size === 0) return;
      const lines = [...found].map(([kind, { count, first }]) => {
        const [which, remedy] = FAULTS[kind];
        const more = count > first.length ? " and others" : "";
        return `  ${count} ${which}: ${first.join(", ")}${more}; ${remedy}`;
      });
      throw new Failure(`${dataset} was not exported, because of examples\n${lines.join("\n")}`);
    },
  };
}
