import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginningsOf, overlapLength } from "../../../shared/privacy/cut-values.ts";

/** Two letters, so that a value repeats itself and stands in the text in pieces. */
const someText = (maxLength: number) => fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength });

describe("the beginnings of a value in a text", () => {
  it("are each found whole, and one for each stretch", () => {
    expect(beginningsOf("token-123456", "xtoken-12 token-123456token-1", 7)).toEqual([
      { start: 1, end: 9 },
      { start: 10, end: 22 },
      { start: 22, end: 29 },
    ]);
    expect(beginningsOf("abab", "ababab", 2)).toEqual([{ start: 0, end: 6 }]);
  });

  it("cover the very characters that trying every place covers", () => {
    fc.assert(
      fc.property(someText(12), someText(60), fc.integer({ min: 1, max: 5 }), (value, text, least) => {
        const covered = new Set<number>();
        for (let start = 0; start < text.length; start++) {
          let length = 0;
          while (length < value.length && text[start + length] === value[length]) length++;
          if (length >= least) for (let at = start; at < start + length; at++) covered.add(at);
        }
        const found = beginningsOf(value, text, least);
        const marked = found.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
        expect(marked).toEqual([...covered].sort((a, b) => a - b));
      }),
    );
  });
});

describe("the overlap of two texts", () => {
  it("is the longest end of the one that begins the other", () => {
    fc.assert(
      fc.property(someText(30), someText(30), (head, tail) => {
        let longest = Math.min(head.length, tail.length);
        while (!head.endsWith(tail.slice(0, longest))) longest--;
        expect(overlapLength(head, tail)).toBe(longest);
      }),
    );
  });
});
