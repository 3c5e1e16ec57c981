/** What an example teaches, for the stages that describe it. */
import type { Example } from "../../shared/records/example.ts";
import { ConfigurationError } from "../errors.ts";

/** @throws ConfigurationError where `expect` has not run: an example that it found no target for is dropped */
export function targetOf({ id, expected }: Example, stage: string): string {
  if (expected) return expected.text;
  throw new ConfigurationError(`Example ${id} has no target yet; run expect before ${stage}.`);
}
