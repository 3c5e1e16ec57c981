import { describe, expect, it } from "vitest";
import type * as z from "zod/mini";
import { event } from "../../../shared/records/event.ts";
import { example } from "../../../shared/records/example.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { predictedText, prediction } from "../../../shared/records/prediction.ts";
import { rating } from "../../../shared/records/rating.ts";
import { settlement } from "../../../shared/records/settlement.ts";
import { regionBefore, SNAPSHOT_LIMITS, snapshot } from "../../../shared/records/snapshot.ts";
import {
  someSha256,
  someUuid,
  validEvents,
  validExample,
  validPrediction,
  validRating,
  validSettlement,
  validSnapshot,
} from "./valid.ts";

function issuesOf(schema: z.ZodMiniType<unknown>, value: unknown): string[] {
  const result = parseRecord(schema, value);
  return result.ok ? [] : result.issues.map(({ path, message }) => `${path}: ${message}`);
}

const repeated = <T>(count: number, item: T) => Array.from({ length: count }, () => item);

describe("a snapshot's limits", () => {
  const [entry] = validSnapshot.history;
  const [diagnostic] = validSnapshot.diagnostics;
  const [definition] = validSnapshot.definitions;
  const withExcerpt = (text: string) => ({ ...validSnapshot, excerpt: { startLine: 0, text } });
  const withDefinitions = (count: number, text: string) => ({
    ...validSnapshot,
    definitions: repeated(count, { ...definition, text }),
  });

  /** An edit of lines of six bytes. */
  const withDiff = (deleted: number, inserted: number) => {
    const lines = [...repeated(deleted, "-\t日x\n"), ...repeated(inserted, "+\t日x\n")].join("");
    const diff = `--- a/x\n+++ b/x\n@@ -1,${deleted} +1,${inserted} @@\n${lines}`;
    return { ...validSnapshot, history: [{ path: "x", diff, origin: "typed" }] };
  };
  const withRegion = (text: string) => ({
    ...withExcerpt(`a\n${text}\n`),
    editable: { start: 2, end: 2 + text.length },
  });

  it.each<[string, unknown, unknown, string]>([
    [
      "an excerpt of 24,576 bytes",
      withExcerpt("x".repeat(24_576)),
      withExcerpt("x".repeat(24_577)),
      "excerpt.text: is longer than 24576 bytes in UTF-8",
    ],
    [
      "bytes, not characters",
      withExcerpt("é".repeat(12_288)),
      withExcerpt(`${"é".repeat(12_288)}x`),
      "excerpt.text: is longer than 24576 bytes in UTF-8",
    ],
    [
      "6 edits of history",
      { ...validSnapshot, history: repeated(6, entry) },
      { ...validSnapshot, history: repeated(7, entry) },
      "history: is longer than 6 entries",
    ],
    [
      "20 diagnostics",
      { ...validSnapshot, diagnostics: repeated(20, diagnostic) },
      { ...validSnapshot, diagnostics: repeated(21, diagnostic) },
      "diagnostics: is longer than 20 entries",
    ],
    ["32 definitions", withDefinitions(32, "x"), withDefinitions(33, "x"), "definitions: is longer than 32 entries"],
    [
      "1,024 bytes of a definition",
      withDefinitions(1, "x".repeat(1_024)),
      withDefinitions(1, "x".repeat(1_025)),
      "definitions[0].text: is longer than 1024 bytes in UTF-8",
    ],
    [
      "8,192 bytes of definitions in all",
      withDefinitions(8, "x".repeat(1_024)),
      withDefinitions(9, "x".repeat(1_000)),
      "definitions: is longer than 8192 bytes in UTF-8 in all",
    ],
    [
      "6,144 bytes a side of an edit, without signs and headers",
      withDiff(1_024, 1_024),
      withDiff(1_024, 1_025),
      "history[0].diff: is longer than 6144 bytes in UTF-8 on one side",
    ],
    [
      "4,096 bytes of a region",
      withRegion("é".repeat(2_048)),
      withRegion(`${"é".repeat(2_048)}x`),
      "editable: is longer than 4096 bytes in UTF-8",
    ],
  ])("let %s pass, and nothing beyond", (_, within, beyond, issue) => {
    expect(issuesOf(snapshot, within)).toEqual([]);
    expect(issuesOf(snapshot, beyond)).toEqual([issue]);
  });

  it("are those of the design", () => {
    expect(SNAPSHOT_LIMITS).toMatchObject({
      editableMinBytes: 1_024,
      editableMaxBytes: 4_096,
      historyBytesASide: 6_144,
    });
  });
});

describe("a snapshot's region and cursor", () => {
  it.each([
    [
      "a region that ends behind the excerpt",
      { editable: { start: 4, end: 15 } },
      "editable: lies outside the excerpt",
    ],
    ["a region that ends before it begins", { editable: { start: 6, end: 5 } }, "editable: lies outside the excerpt"],
    ["a cursor before the region", { cursor: 3 }, "cursor: lies outside the editable region"],
    ["a cursor behind the region", { cursor: 9 }, "cursor: lies outside the editable region"],
  ])("refuse %s", (_, change, issue) => {
    expect(issuesOf(snapshot, { ...validSnapshot, ...change })).toContain(issue);
  });

  it("let a cursor stand at either end", () => {
    expect(issuesOf(snapshot, { ...validSnapshot, cursor: 4 })).toEqual([]);
    expect(issuesOf(snapshot, { ...validSnapshot, cursor: 8 })).toEqual([]);
  });

  it("give what stood in the region", () => {
    expect(regionBefore(validSnapshot)).toBe("two\n");
  });
});

describe("texts", () => {
  it("hold no carriage return", () => {
    const issue = "holds a carriage return; texts are LF-normalised";
    expect(issuesOf(snapshot, { ...validSnapshot, excerpt: { startLine: 0, text: "a\r\nb\r\nc" } })).toContain(
      `excerpt.text: ${issue}`,
    );
    expect(issuesOf(settlement, { ...validSettlement, text: "a\r\n" })).toEqual([`text: ${issue}`]);
    const edit = { path: "a", origin: "typed", diff: "@@ -0,0 +1 @@\n+a\r\n" };
    expect(issuesOf(snapshot, { ...validSnapshot, history: [edit] })).toEqual([`history[0].diff: ${issue}`]);
  });
});

describe("paths", () => {
  it.each([
    ["/etc/hosts", "is absolute; paths are relative"],
    ["C:/x", "is absolute; paths are relative"],
    ["src\\a.ts", "holds a backslash; the separator is /"],
    ["src/../../a", "leaves the folder through .."],
    ["", "is empty"],
  ])("refuse %j", (path, issue) => {
    const document = { ...validSnapshot.document, path };
    expect(issuesOf(snapshot, { ...validSnapshot, document })).toEqual([`document.path: ${issue}`]);
  });

  it("may hold spaces, dots and any script", () => {
    const document = { ...validSnapshot.document, path: "my docs/..naïve/日本 1.ts" };
    expect(issuesOf(snapshot, { ...validSnapshot, document })).toEqual([]);
  });
});

describe("a repository's address", () => {
  const repo = (remote: string) => issuesOf(snapshot, { ...validSnapshot, repo: { remote } });

  it.each(["https://user:pw@example.com/a.git", "https://t0ken@example.com/a.git", "ssh://git:pw@example.com/a.git"])(
    "holds no credentials: %s",
    (remote) => {
      expect(repo(remote)).toEqual(["repo.remote: holds credentials"]);
      expect(issuesOf(example, { ...validExample, source: { ...validExample.source, repo: remote } })).toEqual([
        "source.repo: holds credentials",
      ]);
    },
  );

  it.each([
    "example.com/team/a",
    "git@example.com:team/a.git",
    "ssh://git@example.com:22/a.git",
    "https://example.com/@scope/a:b@c",
  ])("may name an account or a port: %s", (remote) => {
    expect(repo(remote)).toEqual([]);
  });
});

describe("times and ids", () => {
  it.each([
    "2026-01-31T09:05:00Z",
    "2026-01-31T09:05:00.123+01:00",
    "2026-13-01T00:00:00.000Z",
    "2026-01-31 09:05:00.123Z",
  ])("refuse the time %s", (capturedAt) => {
    expect(issuesOf(snapshot, { ...validSnapshot, capturedAt })).toHaveLength(1);
  });

  it("refuse a UUID of another version", () => {
    expect(issuesOf(rating, { ...validRating, id: "01890a5d-ac96-474b-bcce-b302099a8057" })).toEqual([
      "id: not a UUIDv7",
    ]);
  });
});

describe("an edit of history", () => {
  const history = (entry: object) => issuesOf(snapshot, { ...validSnapshot, history: [entry] });

  it("has no diff only where it was too big to keep one", () => {
    expect(history({ path: "a", origin: "bulk" })).toEqual([]);
    expect(history({ path: "a", origin: "typed" })).toEqual([
      "history[0].diff: is missing; only an edit of origin bulk has none",
    ]);
  });
});

describe("a settlement", () => {
  it("keeps four later edits at most, and a cursor within its text or none", () => {
    const futureHistory = repeated(5, validSnapshot.history[0]);
    expect(issuesOf(settlement, { ...validSettlement, futureHistory })).toEqual([
      "futureHistory: is longer than 4 entries",
    ]);
    expect(issuesOf(settlement, { ...validSettlement, cursor: 3 })).toEqual([
      "cursor: lies behind the end of the text",
    ]);
    expect(issuesOf(settlement, { ...validSettlement, cursor: null })).toEqual([]);
  });
});

describe("a prediction", () => {
  const { text: _text, ...withoutText } = validPrediction;

  it("has exactly one of text, noEdit and error", () => {
    const issue = "text: a prediction has exactly one of text, noEdit and error";
    expect(issuesOf(prediction, { ...withoutText, noEdit: true })).toEqual([]);
    expect(issuesOf(prediction, { ...withoutText, error: "refusal" })).toEqual([]);
    expect(issuesOf(prediction, withoutText)).toEqual([issue]);
    expect(issuesOf(prediction, { ...validPrediction, noEdit: true })).toEqual([issue]);
    expect(issuesOf(prediction, { ...validPrediction, error: "marker" })).toEqual([issue]);
  });

  it("may predict that nothing is left: an empty text is a text", () => {
    expect(issuesOf(prediction, { ...validPrediction, text: "", cursor: 0 })).toEqual([]);
    expect(predictedText({ text: "" }, "before")).toBe("");
    expect(predictedText({ noEdit: true }, "before")).toBe("before");
    expect(predictedText({}, "before")).toBeUndefined();
  });
});

describe("a rating", () => {
  it("names either a prediction or an example", () => {
    const issue = "predictionId: a rating names either a prediction or an example";
    const { predictionId: _id, ...unnamed } = validRating;
    expect(issuesOf(rating, { ...unnamed, exampleId: someSha256 })).toEqual([]);
    expect(issuesOf(rating, { ...unnamed, predictionId: someUuid })).toEqual([]);
    expect(issuesOf(rating, unnamed)).toEqual([issue]);
    expect(issuesOf(rating, { ...validRating, exampleId: someSha256 })).toEqual([issue]);
  });

  it("says why, where it is bad", () => {
    expect(issuesOf(rating, { ...validRating, categories: [] })).toEqual([
      "categories: is empty; a bad verdict needs a category or a comment",
    ]);
    expect(issuesOf(rating, { ...validRating, categories: [], comment: "because" })).toEqual([]);
    expect(issuesOf(rating, { ...validRating, categories: [], verdict: "good" })).toEqual([]);
  });
});

describe("an event", () => {
  it.each(validEvents.map((valid) => [valid.type, valid] as const))("of type %s is read", (_, valid) => {
    expect(parseRecord(event, structuredClone(valid))).toEqual({ ok: true, value: valid });
  });

  it("has no field of another type's", () => {
    expect(issuesOf(event, { ...validEvents[6], rating: validRating })).toEqual(["rating: is not a known field"]);
  });

  it("of a prediction has either a text or noEdit", () => {
    expect(issuesOf(event, { ...validEvents[1], text: "x" })).toEqual([
      "text: a prediction has either a text or noEdit",
    ]);
  });

  it("of a kept prediction is measured at one of four times", () => {
    expect(issuesOf(event, { ...validEvents[3], afterMs: 60_000 })).toEqual([
      "afterMs: is not 30000, 120000, 300000 or 600000",
    ]);
  });
});

describe("an example", () => {
  it("of a derived kind names its parents", () => {
    const source = { kind: "derived", parents: [someSha256], stage: "augment", n: 0 };
    expect(issuesOf(example, { ...validExample, source })).toEqual([]);
    expect(issuesOf(example, { ...validExample, source: { ...source, parents: ["x"] } })).toEqual([
      "source.parents[0]: not a sha256 in lower-case hexadecimal",
    ]);
  });

  it("has samples of which each is a text or no edit", () => {
    const samples = { model: "m", requested: 1, distinct: [{ count: 1 }] };
    expect(issuesOf(example, { ...validExample, samples })).toEqual([
      "samples.distinct[0].text: needs either text or noEdit",
    ]);
  });
});
