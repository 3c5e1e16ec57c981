/** Whose a line is. Wrong one way it leaves somebody's code behind, wrong the other way it takes somebody else's. */
import { describe, expect, it } from "vitest";
import type { ErasedData } from "../../../server/deletion/lines.ts";
import { judgeLine } from "../../../server/deletion/lines.ts";
import { coverageOf } from "../../../server/deletion/tombstones.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import type { Rating } from "../../../shared/records/rating.ts";
import { someUuid, validExample, validRating } from "../../shared/records/valid.ts";

const gone = "contributor-0123456789abcdef";
const someoneElse = "contributor-fedcba9876543210";
const before = "2026-01-31T09:05:00.123Z";
const knownId = sha256Hex("an example of theirs");

function erasedWith(until: string | null = null): ErasedData {
  const examples = new Set([knownId]);
  return {
    contributor: gone,
    examples: { has: (id) => examples.has(id), add: (id) => examples.size < examples.add(id).size },
    ...coverageOf([{ contributor: gone, before: until }]),
  };
}

function exampleBy(contributor: string, more: Partial<Example> = {}): Example {
  return { ...validExample, source: { ...validExample.source, contributor } as Example["source"], ...more };
}

function ratedBy(reviewer: string, more: Partial<Rating> = {}): Partial<Example> {
  const rating: Rating = { ...validRating, reviewer, ...more };
  return {
    shown: [{ predictionId: someUuid, model: "openai:student", variant: "a", noEdit: true, ratings: [rating] }],
  };
}

function judge(value: unknown, { rejected = false, until = null as string | null } = {}) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return judgeLine(Buffer.from(text), erasedWith(until), rejected);
}

describe("a line that is an example", () => {
  it("goes where the contributor is theirs, stays where it is not", () => {
    expect(judge(exampleBy(gone))).toEqual({ kind: "remove", id: validExample.id });
    expect(judge(exampleBy(someoneElse))).toMatchObject({ kind: "keep" });
    expect(judge(exampleBy(someoneElse), { rejected: true })).toMatchObject({ kind: "keep" });
  });

  it("goes by its time where they may go on contributing", () => {
    const at = (time: string) =>
      exampleBy(gone, { source: { ...exampleBy(gone).source, at: time } as Example["source"] });
    expect(judge(at("2026-01-31T09:05:00.122Z"), { until: before })).toMatchObject({ kind: "remove" });
    expect(judge(at(before), { until: before })).toMatchObject({ kind: "keep" });
    const { at: _at, ...timeless } = exampleBy(gone).source;
    expect(judge({ ...exampleBy(gone), source: timeless }, { until: before })).toMatchObject({ kind: "remove" });
  });

  it("goes by its id, and by its parents'", () => {
    expect(judge(exampleBy(someoneElse, { id: knownId }))).toEqual({ kind: "remove", id: knownId });
    const source = { kind: "derived", parents: [sha256Hex("x"), knownId], stage: "augment", n: 0 } as const;
    expect(judge({ ...validExample, source })).toEqual({ kind: "remove", id: validExample.id });
    expect(judge({ ...validExample, source: { ...source, parents: [sha256Hex("x")] } })).toMatchObject({
      kind: "keep",
    });
  });
});

describe("somebody else's example that they rated", () => {
  it("loses the rating and nothing else", () => {
    const verdict = judge(exampleBy(someoneElse, ratedBy(gone, { comment: "as I would put it" })));
    expect(verdict).toMatchObject({ kind: "change", ratings: 1 });
    const { shown, ...rest } = exampleBy(someoneElse);
    expect(verdict).toMatchObject({ example: rest });
    expect(JSON.stringify(verdict)).not.toContain("as I would put it");
    expect(judge(exampleBy(someoneElse, ratedBy(someoneElse)))).toMatchObject({ kind: "keep" });
    expect(shown).toBeUndefined();
  });

  it("goes where their words are the target, or what to avoid; its id is not theirs", () => {
    const text = "my own words\n";
    const rated = ratedBy(gone, { expectedText: text });
    expect(judge(exampleBy(someoneElse, { ...rated, expected: { text, from: "reviewer" } }))).toEqual({
      kind: "remove",
      id: undefined,
    });
    expect(judge(exampleBy(someoneElse, { ...rated, rejected: { text, from: "reviewer" } }))).toMatchObject({
      kind: "remove",
    });
    expect(judge(exampleBy(someoneElse, rated))).toMatchObject({ kind: "change" });
  });

  it("keeps what they said later", () => {
    const later = exampleBy(someoneElse, ratedBy(gone, { at: before }));
    expect(judge(later, { until: before })).toMatchObject({ kind: "keep" });
  });
});

describe("the copy of a line that was no example", () => {
  const whole = JSON.stringify(exampleBy(gone));

  it.each([
    ["cut behind", whole.slice(0, -1)],
    ["cut before", whole.slice(1)],
    ["with the pseudonym elsewhere", `{"by": "${gone}", "text`],
    ["with the id of an example of theirs", `"parents":["${knownId}"], "text`],
    ["that does not say whose it is", '{"text": "code'],
    ["that is JSON and does not say whose it is", '{"text": "code"}'],
    ["that is a number", "12"],
  ])("goes: %s", (_name, line) => {
    expect(judge(line, { rejected: true })).toMatchObject({ kind: "remove" });
  });

  it("stays where it says that it is somebody else's", () => {
    expect(judge(JSON.stringify(exampleBy(someoneElse)).slice(0, -1), { rejected: true })).toMatchObject({
      kind: "keep",
    });
  });

  it("says nothing of whose an example's id is that does not say whose it is", () => {
    const { contributor: _contributor, ...source } = validExample.source;
    expect(judge({ ...validExample, source }, { rejected: true })).toEqual({ kind: "remove", id: undefined });
  });
});

describe("a line that is no example, in a run", () => {
  it("stays unless it names them", () => {
    expect(judge('{"count": 3}')).toMatchObject({ kind: "keep" });
    expect(judge(`{"text": "${gone}`)).toMatchObject({ kind: "remove" });
  });
});
