import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdSet } from "../../../server/jsonl/id-set.ts";
import { sha256Hex } from "../../../shared/ids.ts";

describe("a set of ids", () => {
  it("knows what was added, as a Set does, also beyond what it has room for at first", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { maxLength: 4_000 }), (numbers) => {
        const set = new IdSet();
        const plain = new Set<number>();
        for (const n of numbers) {
          expect(set.add(sha256Hex(String(n)))).toBe(!plain.has(n));
          plain.add(n);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("takes an id of nothing but zeros", () => {
    const set = new IdSet();
    const zeros = "0".repeat(64);
    expect([set.add(zeros), set.add(zeros)]).toEqual([true, false]);
  });
});
