import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { scorePrediction } from "../../../server/metrics/score-prediction.ts";
import { scores } from "../../../shared/records/scores.ts";
import { edits, snapshotOf } from "./texts.ts";

describe("the scores of a prediction", () => {
  it("fit the record, whatever the texts", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted, reference }) => {
        const given = scorePrediction({ snapshot: snapshotOf(before), predicted, reference });
        expect(z.parse(scores, given)).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it("are the best there are for an edit that is the reference", () => {
    expect(
      scorePrediction({ snapshot: snapshotOf("let a = 1;\n"), predicted: "let a = 2;\n", reference: "let a = 2;\n" }),
    ).toEqual({
      deltaChrf: 100,
      exactLines: { tp: 2, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 },
      exactMatch: true,
      exactMatchIgnoringWhitespace: true,
      editSimilarity: 1,
      keptRate: 1,
      recallRate: 1,
      reversalRatio: 0,
      braceImbalance: 0,
      isolatedWhitespace: false,
      outsideRegion: false,
      tokensInserted: 1,
      tokensDeleted: 1,
      cursorDistance: null,
    });
  });

  it("are the best there are for an unchanged prediction where nothing changed, in an empty region too", () => {
    for (const region of ["", "a\n"]) {
      expect(scorePrediction({ snapshot: snapshotOf(region), predicted: region, reference: region })).toMatchObject({
        deltaChrf: 100,
        exactLines: { f1: 1 },
        exactMatch: true,
        editSimilarity: 1,
        keptRate: 1,
        recallRate: 1,
        reversalRatio: 0,
        tokensInserted: 0,
        tokensDeleted: 0,
      });
    }
  });

  it("leave out what needs a reference where there is none", () => {
    const given = scorePrediction({ snapshot: snapshotOf("a\n"), predicted: "b {\n", reference: null });
    expect(given).toMatchObject({
      deltaChrf: null,
      exactLines: null,
      keptRate: null,
      braceImbalance: 1,
      tokensInserted: 2,
    });
  });

  it("are held against the best of several references", () => {
    const snapshot = snapshotOf("a\n");
    const given = scorePrediction({ snapshot, predicted: "good\n", reference: ["bad\n", "good\n", "other\n"] });
    expect(given).toMatchObject({ deltaChrf: 100, exactMatch: true });
  });

  it("know the settled cursor", () => {
    const settlement = {
      text: "ab\n",
      cursor: 2,
      settledAt: "2026-01-01T00:00:10.000Z",
      edits: 1,
      futureHistory: [],
      diagnosticsAfter: [],
      unchanged: false,
      provenance: "human" as const,
    };
    const scored = { snapshot: snapshotOf("a\n"), predicted: "ab\n", reference: "ab\n", settlement };
    expect(scorePrediction({ ...scored, predictedCursor: 0 }).cursorDistance).toBe(2);
    expect(scorePrediction(scored).cursorDistance).toBe("miss");
  });
});
