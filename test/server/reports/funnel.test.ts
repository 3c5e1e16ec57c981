import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { funnelCounter, funnelOf, renderFunnel } from "../../../server/reports/funnel.ts";
import { statsCounter } from "../../../server/reports/stats.ts";
import { bar, formatShare, printable } from "../../../server/reports/terminal.ts";
import { makeExample } from "../jsonl/examples.ts";
import { variedExamples } from "./cases.ts";

const page = { columns: 80, style: (_style: string, text: string) => text };

describe("the funnel", () => {
  it("loses nobody: what enters a stage leaves it or falls out with a reason", () => {
    const reasons = fc.option(
      fc.tuple(
        fc.constantFrom("redact", "settle", "expect", "own"),
        fc.constantFrom("a", "b", "constructor", "__proto__"),
      ),
    );
    fc.assert(
      fc.property(fc.array(reasons, { maxLength: 40 }), (fates) => {
        const counter = funnelCounter();
        for (const [n, fate] of fates.entries()) {
          const dropped = fate ? { dropped: { stage: fate[0], reason: fate[1] } } : {};
          counter.add({ ...makeExample(n), ...dropped });
        }
        const { total, rows, left } = counter.result();
        let entering = total;
        for (const row of rows) {
          expect(row.in).toBe(entering);
          entering = row.left;
          expect(row.in - row.left).toBe(Object.values(row.dropped).reduce((sum, n) => sum + n, 0));
        }
        expect(left).toBe(fates.filter((fate) => fate === null).length);
        expect(entering).toBe(left);
      }),
    );
  });

  it("is the same from a run's own account as from the file the run left", () => {
    const counter = funnelCounter();
    for (const example of variedExamples()) counter.add(example);
    const { rows } = counter.result();
    expect(
      funnelOf(
        60,
        rows.map(({ stage, dropped }) => ({ name: stage, dropped })),
      ),
    ).toEqual(counter.result());
  });

  it("fits 80 columns, however many reasons there are", () => {
    const dropped = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`someReason${n}`, 100_000 + n]));
    const text = renderFunnel(funnelOf(5_000_000, [{ name: "filter", dropped }]), page);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toContain("someReason0 100,000");
  });

  it("shows nothing but zeros for no example", () => {
    expect(renderFunnel(funnelCounter().result(), page)).toContain("0 of 0 left");
    expect(statsCounter().result().funnel).toEqual({ total: 0, rows: [], left: 0 });
  });
});

describe("figures on a terminal", () => {
  it("never call something nothing, nor nearly all all", () => {
    expect([formatShare(1, 100_000), formatShare(99_999, 100_000), formatShare(0, 5), formatShare(0, 0)]).toEqual([
      "<1%",
      "99%",
      "0%",
      "–",
    ]);
    expect([bar(0, 4), bar(0.0001, 4), bar(0.9999, 4), bar(1, 4)]).toEqual(["", "▏", "███▉", "████"]);
  });

  it("keep what an example holds from steering the terminal", () => {
    expect(printable("a\u001b]0;title\u0007\tb\u202ec\r\n")).toBe("a\\u001b]0;title\\u0007  b\\u202ec\\u000d\n");
  });
});
