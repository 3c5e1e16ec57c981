import { describe, expect, it } from "vitest";
import type { ExampleOrigin } from "../../shared/ids.ts";
import { exampleId, predictionId, seededShare, sha256Hex, snapshotId } from "../../shared/ids.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { someUuid, validSnapshot } from "./records/valid.ts";

// The expected hashes were made with sha256sum over the canonical JSON written by hand: a change here loses every
// example's name, and with it its side of the split and its paid answers.

describe("an example's id", () => {
  it.each<[ExampleOrigin, string]>([
    [{ kind: "capture", eventId: someUuid }, "de9a933e321f6df5412bf497f6513d8c78b4f02e97d41067c759ce80398c44e5"],
    [
      {
        seed: 7,
        kind: "git",
        repo: "https://example.com/a.git",
        commit: "r1",
        path: "src/a.ts",
        hunk: 1,
        k: 2,
      },
      "a6b033ffc0907a2c4c381e7ddac76773fc85048e6b7713c5e3f9f41b2031566c",
    ],
    [
      { kind: "file", source: "cases", name: "case-1" },
      "399e4b528106069c38ca82e462bd1dc73482768ca8a3e63e7c22bf63f6563256",
    ],
    [
      { kind: "derived", parents: ["p"], stage: "augment", n: 0 },
      "bf347eb92f2e8e515730f261852016bf7ea7786cdbae1a712222d61022df2bd3",
    ],
  ])("of %j is what it always was", (origin, id) => {
    expect(exampleId(origin)).toBe(id);
  });
});

describe("a prediction's id", () => {
  it("is what it always was", () => {
    expect(predictionId("e", "r", 3)).toBe("fec614aa8c1496ffb1919b6c802e78cabcd6134f205668e63bfd012cb1a3a652");
  });
});

describe("a snapshot's id", () => {
  const state: Snapshot = {
    trigger: "typing",
    capturedAt: "2026-01-31T09:05:00.123Z",
    cursor: 5,
    document: { path: "src/a.ts", languageId: "typescript", eol: "lf", lineCount: 4 },
    excerpt: { startLine: 0, text: "one\ntwo\nthree\n" },
    editable: { start: 4, end: 8 },
    history: [{ path: "src/a.ts", diff: "@@ -1 +1 @@\n-a\n+é😀\n", origin: "typed" }],
    diagnostics: [],
    definitions: [],
  };

  it("is what it always was", () => {
    expect(snapshotId(state)).toBe("b6871e2f5632231b41d21cf7831a6b42e6d73d923b505aff14e6988bde65c95a");
  });

  it("ignores times and versions, and the order of keys", () => {
    const { history, ...rest } = validSnapshot;
    const later: Snapshot = {
      history: history.map((entry) => ({ ...entry, startedAt: "2027-01-01T00:00:00.000Z" })),
      ...Object.fromEntries(Object.entries(rest).reverse()),
      capturedAt: "2027-01-01T00:00:01.000Z",
      editorVersion: "2.0.0",
      extensionVersion: "9.9.9",
    } as Snapshot;
    expect(snapshotId(later)).toBe(snapshotId(validSnapshot));
  });

  it.each<[string, Partial<Snapshot>]>([
    ["the cursor", { cursor: 6 }],
    ["the history", { history: [] }],
    ["who made an edit", { history: validSnapshot.history.map((entry) => ({ ...entry, origin: "pasted" })) }],
    ["the diagnostics", { diagnostics: [] }],
    ["the trigger", { trigger: "explicit" }],
    ["the repository", { repo: { licence: "MIT" } }],
  ])("changes with %s", (_, change) => {
    expect(snapshotId({ ...validSnapshot, ...change })).not.toBe(snapshotId(validSnapshot));
  });
});

describe("a seeded share", () => {
  it("is what it always was", () => {
    expect(seededShare(7, "split", "src/a.ts")).toBe(0.7000321270640342);
  });

  it("lies in [0, 1), spreads evenly and depends on seed and parts", () => {
    const shares = Array.from({ length: 2_000 }, (_, i) => seededShare(1, "group", String(i)));
    expect(shares.every((share) => share >= 0 && share < 1)).toBe(true);
    expect(shares.filter((share) => share < 0.5).length / shares.length).toBeCloseTo(0.5, 1);
    expect(seededShare(2, "group", "0")).not.toBe(shares[0]);
    expect(seededShare(1, "gr", "oup0")).not.toBe(seededShare(1, "grou", "p0"));
  });
});

describe("sha256Hex", () => {
  it("hashes UTF-8", () => {
    expect(sha256Hex("é")).toBe("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });
});
