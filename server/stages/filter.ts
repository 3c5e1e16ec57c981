/** `filter`: drops, or with `flag` marks, the examples that a rule finds something wrong with. Asks nobody. */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { splitName } from "../../shared/records/example.ts";
import { listCounts } from "../reports/terminal.ts";
import type { RuleOptions } from "./filter-rules.ts";
import { brokenRules, ruleOptions } from "./filter-rules.ts";
import { defineStage, drop, passesThrough } from "./stage.ts";

const NAME = "filter";

const options = z.strictObject({
  flag: z._default(z.boolean().check(z.describe("Mark what the rules find, and drop nothing.")), false),
  ...ruleOptions,
  splits: z._default(z.array(splitName).check(z.describe("Splits to work on; the others pass through.")), [
    ...splitName.options,
  ]),
});

export const filterStage = defineStage({
  name: NAME,
  version: 1,
  options,
  async *run(examples, given, context) {
    const counter = filterCounter(given.flag);
    let told = false;
    for await (const example of examples) {
      if (passesThrough(example, given.splits)) {
        yield example;
        continue;
      }
      if (!example.expected && !told) {
        told = true;
        context.warn(
          "filter: some examples have no target yet, so only the rules about history and language look at them; " +
            "after expect, all do.",
        );
      }
      const filtered = filterOne(example, given);
      counter.add(filtered);
      yield filtered;
    }
    context.log({ stage: NAME, reason: "summary", detail: counter.sentence() });
  },
});

function filterOne({ flags: _earlier, ...example }: Example, given: RuleOptions & { readonly flag: boolean }): Example {
  const broken = brokenRules(example, given);
  const [first, ...more] = broken;
  if (first === undefined) return example;
  if (given.flag) return { ...example, flags: broken };
  const also = more.length === 0 ? "" : `; also ${more.map(({ reason }) => reason).join(", ")}`;
  return drop(example, { stage: NAME, reason: first.reason, detail: `${first.detail}${also}` });
}

/** What a filter came to, over examples as it left them. */
export function filterCounter(flag: boolean) {
  const reasons = new Map<string, number>();
  let total = 0;
  let found = 0;
  return {
    /** One that an earlier stage dropped counts for nothing here. */
    add({ dropped, flags }: Example): void {
      if (dropped !== undefined && dropped.stage !== NAME) return;
      total++;
      const codes = flag ? (flags ?? []).map(({ reason }) => reason) : dropped ? [dropped.reason] : [];
      if (codes.length > 0) found++;
      for (const code of codes) reasons.set(code, (reasons.get(code) ?? 0) + 1);
    },
    /** `300 in all, 254 passed, 46 dropped: big 40, deletes 6` */
    sentence(): string {
      const counts = listCounts(Object.fromEntries(reasons));
      const what = `${found} ${flag ? "marked" : "dropped"}`;
      return `${total} in all, ${total - found} passed, ${what}${counts === "" ? "" : `: ${counts}`}`;
    },
  };
}
