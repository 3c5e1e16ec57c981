import { describe, expect, it } from "vitest";
import { redactStage } from "../../../server/stages/redact.ts";
import { REDACTION_VERSION } from "../../../shared/privacy/redact.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { someUuid, validExample, validPrediction, validRating } from "../../shared/records/valid.ts";
import { makeExample } from "../jsonl/examples.ts";
import { runStage } from "./running.ts";

const password = ["Kx82", "mQ!v", "Lp01"].join("");
const sibling = ["Zr5t", "Yw9#", "cN3b"].join("");

async function redact(example: Example): Promise<{ example: Example; warnings: string[] }> {
  const { examples, warnings } = await runStage(redactStage, [example]);
  const [redacted] = examples;
  if (!redacted) throw new Error("nothing came out");
  return { example: redacted, warnings };
}

function answer(text: string, cursor: number): Prediction {
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const id = "a".repeat(64);
  return {
    id,
    model: "double",
    promptVersion: "teacher-1:0",
    raw: `<region>${text}`,
    text,
    cursor,
    usage,
    stopReason: "end",
  };
}

describe("redact", () => {
  it("marks an example without secrets as looked at, and changes nothing else", async () => {
    const example = makeExample(1);
    expect((await redact(example)).example).toEqual({
      ...example,
      redaction: { version: REDACTION_VERSION, counts: {} },
    });
  });

  it("drops a document that is secret by its path, and gives it no mark that would let it leave", async () => {
    const example = makeExample(1);
    const secret = {
      ...example,
      snapshot: { ...example.snapshot, document: { ...example.snapshot.document, path: "a/.env" } },
    };
    const { example: out } = await redact(secret);
    expect(out.dropped).toMatchObject({ stage: "redact", reason: "secretPath" });
    expect(out).not.toHaveProperty("redaction");
  });

  it("lets a dropped example through as it came", async () => {
    const example = { ...makeExample(1, `p = "${password}"\n`), dropped: { stage: "dedup", reason: "exact" } };
    expect((await redact(example)).example).toEqual(example);
  });

  it("counts kinds, and adds to what a client's redaction counted", async () => {
    const example = {
      ...makeExample(1, `password = "${password}"\n`),
      redaction: { version: 1, counts: { email: 2 } },
    };
    expect((await redact(example)).example.redaction).toEqual({
      version: REDACTION_VERSION,
      counts: { email: 2, password: 1 },
    });
  });

  it("run late, leaves a found value in no field, and no figure of a text that is gone", async () => {
    const settled = `const password = "${password}";\n`;
    const example: Example = {
      ...makeExample(1, settled),
      teacher: { predictions: [answer(settled, settled.length - 1)] },
      scores: {},
      samples: {
        model: "double",
        requested: 4,
        distinct: [
          { text: settled, count: 2, distance: 0, relative: 0 },
          { text: `const password = "${sibling}";\n`, count: 1, distance: 9, relative: 0.4 },
          { noEdit: true, count: 1, distance: 20, relative: 1 },
        ],
      },
      selection: { closest: 0, farthest: 2, relative: 0, hitRate: 0.5, diagnosticsResolved: null, band: "learnable" },
      expected: { text: settled, from: "sample" },
      rejected: { text: settled.replace("const", "let"), from: "sample" },
    };
    const { example: out, warnings } = await redact(example);
    expect(JSON.stringify(out)).not.toContain(password);
    expect(exampleSchema.safeParse(out).error).toBeUndefined();
    expect(out.teacher?.predictions[0]).toMatchObject({
      raw: '<region>const password = "‹password-1›";\n',
      text: 'const password = "‹password-1›";\n',
      cursor: 'const password = "‹password-1›";'.length,
    });
    expect(out).not.toHaveProperty("scores");
    expect(out).not.toHaveProperty("selection");
    expect(out.samples?.distinct).toEqual([
      { text: 'const password = "‹password-1›";\n', count: 2 },
      { text: 'const password = "‹password-2›";\n', count: 1 },
      { noEdit: true, count: 1 },
    ]);
    expect(warnings).toEqual(["redact changed texts that had been measured: run score and settle again."]);
  });

  it("drops figures of changed texts whichever of them there are, and no figure of texts that stay", async () => {
    const text = `const password = "${password}";\n`;
    const { samples, selection, scores } = validExample as Required<Example>;
    for (const figures of [{ samples }, { selection }, { scores }]) {
      const changed = await redact({ ...makeExample(1, text), ...figures });
      expect(changed.warnings).toHaveLength(1);
      expect(changed.example).not.toHaveProperty("selection");
      expect(changed.example).not.toHaveProperty("scores");
      const stays = await redact({ ...makeExample(1), ...figures });
      expect(stays.warnings).toEqual([]);
      expect(stays.example).toMatchObject(figures);
    }
    expect((await redact(makeExample(1, text))).warnings).toEqual([]);
  });

  it("keeps no rejected answer that reads as the target does", async () => {
    const answers = (chosen: string, other: string) =>
      redact({
        ...makeExample(1),
        expected: { text: `password = "${chosen}"\n`, from: "reviewer" },
        rejected: { text: `password = "${other}"\n`, from: "sample" },
      });
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    expect((await answers(token, token.slice(0, 30))).example).not.toHaveProperty("rejected");
    expect((await answers(token, sibling)).example.rejected?.text).toBe('password = "‹password-1›"\n');
  });

  it("leaves a secret in no field that holds anybody's words", async () => {
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    const whole: Example = { ...validExample, assertions: ["x"], ...judged, labels, quality, shown };
    const untouched = new Set<string>();
    let tried = 0;
    for (const path of textPaths(whole)) {
      const example = exampleSchema.safeParse(withText(whole, path, `x ${token}`));
      if (!example.success) continue;
      tried++;
      const { example: out } = await redact(example.data);
      expect(exampleSchema.safeParse(out).error).toBeUndefined();
      if (JSON.stringify(out).includes(token)) untouched.add(path.filter((part) => !/^\d+$/u.test(part)).join("."));
    }
    expect(tried).toBeGreaterThan(40);
    expect([...untouched].sort()).toEqual([
      "qa.x.model",
      "repair.prediction.model",
      "repair.prediction.promptVersion",
      "samples.model",
      "shown.model",
      "snapshot.document.languageId",
      "snapshot.editorVersion",
      "snapshot.extensionVersion",
      "snapshot.repo.revision",
      "source.commit",
      "source.revision",
      "teacher.predictions.model",
      "teacher.predictions.promptVersion",
    ]);
  });

  it("run twice, is run once", async () => {
    const once = (await redact(makeExample(1, `password = "${password}"\n`))).example;
    expect((await redact(once)).example).toEqual(once);
  });
});

const judged = {
  qa: { x: { reasoning: "x", reverts: false, confidence: 3, model: "m" } },
  repair: { triggers: ["reversal"], prediction: validPrediction },
} satisfies Partial<Example>;
const labels = { location: "no-op", intent: "unknown", difficulty: "simple", by: "x" } as const;
const quality = { score: 3, reason: "x", rubric: "x" };
const shown = [
  {
    predictionId: someUuid,
    model: "m",
    variant: "v",
    text: "x",
    ratings: [{ ...validRating, comment: "x", expectedText: "x" }],
  },
];

/** Where the texts of a record stand. */
function textPaths(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === "string") return [[...path]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textPaths(member, [...path, key]));
}

function withText(example: Example, path: readonly string[], text: string): unknown {
  const copy = structuredClone(example) as unknown as Record<string, unknown>;
  let holder = copy;
  for (const part of path.slice(0, -1)) holder = holder[part] as Record<string, unknown>;
  holder[path.at(-1) ?? ""] = text;
  return copy;
}
