import { describe, expect, it } from "vitest";
import { fromJSONSchema } from "zod";
import type { RecordName } from "../../../shared/records/json-schema.ts";
import { recordJsonSchema, recordNames } from "../../../shared/records/json-schema.ts";
import {
  validEvents,
  validExample,
  validPrediction,
  validRating,
  validScores,
  validSettlement,
  validSnapshot,
} from "./valid.ts";

const valid: Record<RecordName, readonly object[]> = {
  example: [validExample],
  event: validEvents,
  snapshot: [validSnapshot],
  settlement: [validSettlement],
  prediction: [validPrediction],
  scores: [validScores],
  rating: [validRating],
};

describe.each(recordNames)("the JSON Schema of %s", (name) => {
  const document = recordJsonSchema(name);
  // zod's own reader of JSON Schema stands for any other.
  const reader = fromJSONSchema(document as Parameters<typeof fromJSONSchema>[0]);

  it("has an id with the schema's version, and stands alone", () => {
    expect(document["$id"]).toBe(`urn:stillpoint:${name}:1`);
    const text = JSON.stringify(document);
    for (const [, definition] of text.matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/gu)) {
      expect(document["$defs"]).toHaveProperty(definition ?? "");
    }
    expect(text).not.toContain("__schema");
  });

  it("takes what is valid", () => {
    for (const record of valid[name]) expect(reader.safeParse(record).error).toBeUndefined();
  });

  it("refuses an unknown field and a missing one", () => {
    for (const record of valid[name]) {
      expect(reader.safeParse({ ...record, unknown: 1 }).success).toBe(false);
      const [, ...rest] = Object.entries(record);
      expect(reader.safeParse(Object.fromEntries(rest)).success).toBe(false);
    }
  });
});

describe("what JSON Schema cannot say", () => {
  it("stands in a description, in the words of the refusal", () => {
    const { $defs } = recordJsonSchema("snapshot") as { $defs: Record<string, { description?: string }> };
    expect($defs["snapshot"]?.description).toContain("“cursor: lies outside the editable region”");
    expect($defs["historyEntry"]?.description).toContain("“diff: is missing; only an edit of origin bulk has none”");
  });
});

describe("a schema for people to read", () => {
  it("is what it was", async () => {
    const text = `${JSON.stringify(recordJsonSchema("settlement"), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../fixtures/schemas/settlement.json");
  });
});
