import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { nearestName } from "../../../server/configuration/nearest.ts";
import { ConfigurationError } from "../../../server/errors.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "stillpoint-configuration-"));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function write(text: string): void {
  writeFileSync(join(dataDir, "stillpoint.yaml"), text);
}

function load(extra: Partial<Parameters<typeof loadConfiguration>[0]> = {}) {
  return loadConfiguration({ dataDir, configFile: undefined, env: {}, ...extra });
}

/** The sentence that a person would read. */
function refusal(extra?: Partial<Parameters<typeof loadConfiguration>[0]>): string {
  try {
    load(extra);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

describe("the configuration", () => {
  it("has defaults where there is no file, and where the file is empty", () => {
    expect(load()).toEqual({ concurrency: 4, seed: 1, models: {}, file: undefined });
    write("# nothing yet\n");
    expect(load()).toMatchObject({ concurrency: 4, seed: 1, models: {} });
  });

  it("takes the flag before the variable, the variable before the file, the file before the default", () => {
    write("concurrency: 2\nseed: 7\n");
    expect(load()).toMatchObject({ concurrency: 2, seed: 7 });
    const env = { STILLPOINT_CONCURRENCY: "3", STILLPOINT_SEED: "8" };
    expect(load({ env })).toMatchObject({ concurrency: 3, seed: 8 });
    expect(load({ env, flags: { concurrency: 5, seed: 0 } })).toMatchObject({ concurrency: 5, seed: 0 });
  });

  it("reads a model with every key", () => {
    write(`models:
  local:
    provider: openai
    model: coder-7b
    revision: step-1200
    baseUrl: http://127.0.0.1:8000/v1
    apiKeyEnv: LOCAL_KEY
    promptFormat: zeta2
    limits: { maxOutputTokens: 2048, maxRetries: 3, timeoutMs: 60000, choicesPerRequest: 8 }
    sampling: { temperature: 0.2, topP: null }
`);
    expect(load().models["local"]).toMatchObject({ revision: "step-1200", sampling: { temperature: 0.2, topP: null } });
  });

  it("names the nearest known key for an unknown one, at its whole path", () => {
    write(
      "models:\n  fast:\n    provider: openai\n    model: m\n    base_url: http://127.0.0.1:1\n    limits: { retries: 3 }\n",
    );
    const sentence = refusal();
    expect(sentence).toContain("stillpoint.yaml");
    expect(sentence).toContain("models.fast.base_url is an unknown key. Did you mean baseUrl?");
    expect(sentence).toContain("models.fast.limits.retries is an unknown key. Did you mean maxRetries?");
  });

  it("lists what is known where nothing is near", () => {
    write("colour: blue\n");
    expect(refusal()).toContain("colour is an unknown key. Known here: concurrency, seed, models, server.");
  });

  it("says what is missing, and which values there are", () => {
    write("models:\n  fast: { provider: opnai }\n");
    const sentence = refusal();
    expect(sentence).toContain("models.fast.provider must be one of anthropic, openai. Did you mean openai?");
    expect(sentence).toContain("models.fast.model is missing.");
  });

  it("says what is wrong with a model's name", () => {
    write("models:\n  a:b: { provider: openai, model: m }\n  builtin: { provider: openai, model: m }\n");
    const sentence = refusal();
    expect(sentence).toContain("models.a:b is no name for a model: letters, digits, . _ - only.");
    expect(sentence).toContain("models.builtin is the name of the model that is always there; take another.");
  });

  it("reads prices with the day on which they were read, and takes none for granted", () => {
    const model = "models:\n  fast: { provider: openai, model: m, prices: ";
    write(`${model}{ input: 5, output: 25.5, cacheRead: 0.5, cacheWrite: 0, asOf: 2026-10-01 } }\n`);
    expect(load().models["fast"]?.prices).toEqual({
      ...{ input: 5, output: 25.5, cacheRead: 0.5, cacheWrite: 0, asOf: "2026-10-01" },
    });
    write(`${model}{ input: -5, ouput: 25, cacheRead: 0.5, asOf: 2026-13-01 } }\n`);
    const sentence = refusal();
    expect(sentence).toContain("models.fast.prices.input must be at least 0.");
    expect(sentence).toContain("models.fast.prices.output is missing.");
    expect(sentence).toContain("models.fast.prices.cacheWrite is missing.");
    expect(sentence).toContain("models.fast.prices.asOf: Invalid ISO date.");
    expect(sentence).toContain("models.fast.prices.ouput is an unknown key. Did you mean output?");
  });

  it("refuses a timeout longer than can be kept", () => {
    write("models:\n  slow: { provider: openai, model: m, limits: { timeoutMs: 300001 } }\n");
    expect(refusal()).toContain("models.slow.limits.timeoutMs must be at most 300000.");
  });

  it("refuses a key that is written out", () => {
    write("models:\n  fast: { provider: openai, model: m, apiKey: abc }\n");
    expect(refusal()).toContain("models.fast.apiKey is an unknown key. Did you mean apiKeyEnv?");
  });

  it("says where broken YAML breaks", () => {
    write("models:\n  fast: {\n");
    expect(refusal()).toMatch(/stillpoint\.yaml is no valid YAML: .*line 3/u);
    write("models: *none\n");
    expect(refusal()).toMatch(/stillpoint\.yaml is no valid YAML: .*alias.*none/u);
  });

  it("wants a file that was asked for by name", () => {
    expect(refusal({ configFile: join(dataDir, "other.yaml") })).toContain("other.yaml: it does not exist.");
    mkdirSync(join(dataDir, "other.yaml"));
    expect(refusal({ configFile: join(dataDir, "other.yaml") })).toContain("other.yaml: it is a folder.");
  });

  it("refuses a variable that is no number", () => {
    expect(refusal({ env: { STILLPOINT_CONCURRENCY: "many" } })).toContain("STILLPOINT_CONCURRENCY");
    expect(refusal({ env: { STILLPOINT_CONCURRENCY: "0" } })).toContain("at least 1");
  });
});

describe("nearestName", () => {
  it("finds a name through typing errors, case and separators, and none where none is near", () => {
    const names = ["baseUrl", "apiKeyEnv", "promptFormat"];
    expect(nearestName("base-url", names)).toBe("baseUrl");
    expect(nearestName("promtFormat", names)).toBe("promptFormat");
    expect(nearestName("fats", ["slow", "fast"])).toBe("fast");
    expect(nearestName("colour", names)).toBeUndefined();
    expect(nearestName("x", [])).toBeUndefined();
  });
});
