import { describe, expect, it } from "vitest";
import { DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { LABEL_VERSION, labelPrompt, readIntent } from "../../../server/prompts/label.ts";
import { example } from "../../../shared/records/example.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { schemaFault } from "../../doubles/http-double.ts";
import { fieldSnapshot, snapshotOf } from "./cases.ts";

const snapshot = fieldSnapshot();
const finished = regionBefore(snapshot).replace("this.#li\n", "this.#limitMs = limitMs;\n");
const prompt = labelPrompt(snapshot, DEFAULT_CONTEXT, finished);
const named = example.shape.labels.def.innerType.shape.intent.options;

describe("the prompt for an intent", () => {
  it("reads like this", async () => {
    await expect(prompt.system).toMatchFileSnapshot("golden/label-system.md");
    await expect(`${prompt.messages[0]?.content}\n`).toMatchFileSnapshot("golden/label-user.md");
  });

  it("asks for reasons first and the label last, in a shape that vendors take", () => {
    const properties = prompt.schema?.schema["properties"] as Record<string, { enum?: string[] }>;
    expect(Object.keys(properties)).toEqual(["reasoning", "intent"]);
    expect(schemaFault(prompt.schema?.schema)).toBeUndefined();
    expect(properties["intent"]?.enum?.toSorted()).toEqual(named.toSorted());
  });

  it("explains every label that a record may have", () => {
    for (const intent of named) expect(prompt.system).toContain(`- \`${intent}\`: `);
  });

  it("keeps its system part the same for every case, and names the template in its version", () => {
    expect(labelPrompt(snapshotOf({ region: "x\n" }), DEFAULT_CONTEXT, "y\n").system).toBe(prompt.system);
    expect(prompt.version).toBe(LABEL_VERSION);
    expect(LABEL_VERSION).toMatch(/^label-1:[0-9a-f]{8}$/u);
  });
});

describe("an answer to it", () => {
  it("is read where it names a label", () => {
    for (const intent of named) expect(readIntent(JSON.stringify({ reasoning: "So.", intent }))).toBe(intent);
  });

  it.each(['{"reasoning":"So.","intent":"refactor"}', '{"intent":"unknown"}', "unknown", ""])(
    "is none: %s",
    (answer) => {
      expect(readIntent(answer)).toBeUndefined();
    },
  );
});
