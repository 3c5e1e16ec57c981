/** Examples whose regions and excerpts are of many sizes, so that a mean of some is not that of all. */
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import { makeExample } from "../jsonl/examples.ts";

/** The n-th of them, redacted; from `distinct` on they ask what earlier ones ask. */
export function sizedExample(n: number, distinct: number): Example {
  const example = makeExample(n);
  const which = n % distinct;
  const line = (i: number) => `  total += prices[${(which * 7 + i * 13) % 97}] * ${(which * i) % 89}; // item ${i}\n`;
  const lines = (count: number) => Array.from({ length: count }, (_, i) => line(i)).join("");
  const head = `export function sum${which}(prices) {\n${lines((which * 5) % 40)}`;
  const region = lines(2 + ((which * 3) % 25));
  const text = `${head}${region}}\n`;
  return {
    ...example,
    redaction: { version: 1, counts: {} },
    snapshot: {
      ...example.snapshot,
      document: { ...example.snapshot.document, lineCount: text.split("\n").length, sha256: sha256Hex(text) },
      excerpt: { startLine: 0, text },
      cursor: head.length,
      editable: { start: head.length, end: head.length + region.length },
    },
  };
}
