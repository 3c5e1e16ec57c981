import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { example } from "../../../shared/records/example.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { validExample } from "./valid.ts";

/** The valid example with one field changed: `undefined` takes it away. */
function spoilt(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(validExample) as unknown as Record<string | number, unknown>;
  let holder = copy;
  for (const part of path.slice(0, -1)) holder = holder[part] as typeof holder;
  const last = path.at(-1) ?? "";
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

function issuesOf(value: unknown) {
  const result = parseRecord(example, value);
  return result.ok ? [] : result.issues.map(({ path, message }) => `${path}: ${message}`);
}

describe("a record that is valid", () => {
  it("comes back equal", () => {
    expect(parseRecord(example, structuredClone(validExample))).toEqual({ ok: true, value: validExample });
  });
});

describe("a record that is not", () => {
  it.each<[readonly (string | number)[], unknown, string]>([
    [["schema"], 2, "schema: is not 1"],
    [["id"], undefined, "id: is missing"],
    [["id"], "ABC", "id: not a sha256 in lower-case hexadecimal"],
    [["snapshot"], undefined, "snapshot: is missing"],
    [["snapshot", "cursor"], "5", "snapshot.cursor: is a string, not a number"],
    [["snapshot", "cursor"], 1.5, "snapshot.cursor: is a fraction, not a whole number"],
    [["settlement", "edits"], -1, "settlement.edits: is less than 0"],
    [["snapshot", "history"], {}, "snapshot.history: is an object, not an array"],
    [["snapshot", "history", 0, "diff"], 7, "snapshot.history[0].diff: is a number, not a string"],
    [
      ["snapshot", "trigger"],
      "boredom",
      'snapshot.trigger: is not "typing", "cursor", "diagnostics", "explicit" or "import"',
    ],
    [
      ["snapshot", "capturedAt"],
      "yesterday",
      "snapshot.capturedAt: not an RFC 3339 time in UTC with milliseconds, such as 2026-01-31T09:05:00.123Z",
    ],
    [["snapshot", "diagnostics", 0, "severity"], 5, "snapshot.diagnostics[0].severity: is not 1, 2, 3 or 4"],
    [["source", "kind"], "guess", 'source.kind: is not "capture", "git", "file" or "derived"'],
    [["split", "group"], "", "split.group: is empty"],
    [["selection", "hitRate"], 1.5, "selection.hitRate: is more than 1"],
    [["scores"], null, "scores: is null, not a record"],
    [["repair", "triggers"], [], "repair.triggers: is empty"],
  ])("says of %j = %j where and what", (path, value, sentence) => {
    expect(issuesOf(spoilt(path, value))).toEqual([sentence]);
  });

  it("names an unknown field by its own path, at every depth", () => {
    const value = structuredClone(validExample) as unknown as Record<string, unknown>;
    value["extra"] = 1;
    (value["snapshot"] as Record<string, unknown>)["cursr"] = 1;
    (value["snapshot"] as { history: Record<string, unknown>[] }).history[0] = {
      ...validExample.snapshot.history[0],
      "dif f": "",
    };
    expect(issuesOf(value)).toEqual([
      'snapshot.history[0]["dif f"]: is not a known field',
      "snapshot.cursr: is not a known field",
      "extra: is not a known field",
    ]);
  });

  it("has no form in UTF-8", () => {
    const path = ["snapshot", "history", 0, "diff"];
    expect(issuesOf(spoilt(path, "a \ud800 b"))).toEqual(["snapshot.history[0].diff: holds half of a surrogate pair"]);
    expect(issuesOf(spoilt(path, "a \ud83d\ude00 b"))).toEqual([]);
    expect(issuesOf(spoilt(["redaction"], { version: 1, counts: { "\udc00": 1 } }))).toHaveLength(1);
  });

  it("is no record at all", () => {
    expect(issuesOf(null)).toEqual([": is null, not an object"]);
    expect(issuesOf([])).toEqual([": is an array, not an object"]);
  });

  it("cannot smuggle a prototype in", () => {
    const value = JSON.parse(JSON.stringify(validExample).replace("{", '{"__proto__": {"schema": 1}, '));
    expect(issuesOf(value)).toEqual(["__proto__: is not a known field"]);
  });

  it("never repeats a value, and shortens names and paths", () => {
    const secret = "hunter2".repeat(1_000);
    const issues = issuesOf(spoilt(["snapshot", "trigger"], secret)).concat(issuesOf(spoilt([secret], 1)));
    expect(issues).toHaveLength(2);
    expect(issues[0]).not.toContain("hunter2");
    expect(issues[1]?.length).toBeLessThan(120);
  });

  it("reads from other schemas as well", () => {
    const schema = z.strictObject({ n: z.union([z.string(), z.int()]), s: z.string().check(z.maxLength(2)) });
    const result = parseRecord(schema, { n: 1.5, s: "abc" });
    expect(result).toEqual({
      ok: false,
      issues: [
        { path: "n", message: "is a fraction, not a string and is a fraction, not a whole number" },
        { path: "s", message: "is longer than 2 characters" },
      ],
    });
  });
});
