import { describe, expect, it } from "vitest";
import type { Configuration, ModelConfiguration } from "../../../server/configuration/configuration.ts";
import { ConfigurationError } from "../../../server/errors.ts";
import { parseModelSpec } from "../../../server/models/spec.ts";
import { modelsOf } from "./support.ts";

const none: Configuration = { concurrency: 4, seed: 1, models: {}, file: undefined };
const withModels = (models: Record<string, ModelConfiguration>): Configuration => ({ ...none, models });
const fast: ModelConfiguration = {
  provider: "openai",
  model: "coder",
  revision: "r1",
  baseUrl: "http://127.0.0.1:8000/v1",
};

describe("--model", () => {
  it.each([
    ["anthropic:claude-opus-5", { provider: "anthropic", model: "claude-opus-5" }],
    ["openai:m@http://127.0.0.1:8000/v1", { provider: "openai", model: "m", baseUrl: "http://127.0.0.1:8000/v1" }],
    [
      "openai:a/b:7b@q4@https://host.example.com/v1",
      { provider: "openai", model: "a/b:7b@q4", baseUrl: "https://host.example.com/v1" },
    ],
    [
      "openai:m@http-weights@http://[::1]:1/v1",
      { provider: "openai", model: "m@http-weights", baseUrl: "http://[::1]:1/v1" },
    ],
  ])("%s is split at the first colon and the last @http", (spec, settings) => {
    expect(parseModelSpec(spec, none)).toEqual({ kind: "provider", name: undefined, settings });
  });

  it.each([
    ["openai:m@localhost:8000/v1", "write openai:m@http://localhost:8000/v1."],
    ["openai:m@127.0.0.1:8000/v1", "write openai:m@http://127.0.0.1:8000/v1."],
    ["openai:m@notaurl", "write openai:m@http://notaurl."],
    ["openai:m@", "write openai:m@http://localhost:8000/v1."],
    ["openai:m@me@host:1", "write openai:m@me@http://host:1."],
    ["openai:@localhost:8000", "write openai:MODEL@http://localhost:8000."],
    ["openai:m@HTTP://localhost:8000/v1", "write openai:m@http://localhost:8000/v1."],
    ["openai:gpt-5@20250514", "is no URL"],
    ["anthropic:claude-opus-4@gateway.example.com", "write anthropic:claude-opus-4@http://gateway.example.com."],
  ])("%s is refused rather than sent to the vendor, with what to write instead", (spec, sentence) => {
    const parsing = () => parseModelSpec(spec, none);
    expect(parsing).toThrow(ConfigurationError);
    expect(parsing).toThrow(sentence);
  });

  it("leaves a snapshot in the name of a Claude", () => {
    const settings = { provider: "anthropic", model: "claude-opus-4@20250514" };
    expect(parseModelSpec("anthropic:claude-opus-4@20250514", none)).toEqual({
      kind: "provider",
      name: undefined,
      settings,
    });
  });

  it("takes builtin, and names of the configuration", () => {
    expect(parseModelSpec("builtin", none)).toEqual({ kind: "builtin" });
    expect(parseModelSpec("fast", withModels({ fast }))).toEqual({ kind: "provider", name: "fast", settings: fast });
  });

  it.each([
    ["fats", /no model "fats"\. Did you mean fast\?/u],
    ["gpt", /Known names: builtin, fast/u],
    ["toString", /no model "toString"/u],
    ["antropic:claude", /no provider "antropic"\. Did you mean anthropic\?/u],
    ["ollama:m", /Providers are anthropic and openai/u],
    ["anthropic", /names a provider but no model/u],
    ["openai:", /names no model/u],
    ["openai:@http://127.0.0.1:1", /names no model/u],
    ["openai:m@http://", /no address/u],
    ["openai:m@httpx://a", /no address/u],
    ["", /no model ""/u],
  ])("%s is refused, with examples", (spec, sentence) => {
    const parsing = () => parseModelSpec(spec, withModels({ fast }));
    expect(parsing).toThrow(ConfigurationError);
    expect(parsing).toThrow(sentence);
    expect(parsing).toThrow(/Examples: builtin, anthropic:/u);
  });
});

describe("a model that is named", () => {
  it("needs its vendor's key, unless its address is somebody else's", () => {
    expect(() => modelsOf({}).model("anthropic:claude-opus-5")).toThrow(/set ANTHROPIC_API_KEY/u);
    expect(() => modelsOf({}).model("openai:gpt-5")).toThrow(/set OPENAI_API_KEY/u);
    expect(() => modelsOf({ models: { fast: { ...fast, apiKeyEnv: "MY_KEY" } } }).model("fast")).toThrow(
      /MY_KEY, which is not set/u,
    );
    expect(modelsOf({}).model("openai:m@http://127.0.0.1:8000/v1").id).toBe("openai:m@unversioned");
  });

  it("and hosted by oneself needs a revision; where a spec has no place for one, it is said what that means", () => {
    const { revision: _revision, ...unversioned } = fast;
    expect(() => modelsOf({ models: { fast: unversioned } }).model("fast")).toThrow(
      /models\.fast is self-hosted, at 127\.0\.0\.1:8000, and needs a revision/u,
    );
    const models = modelsOf({});
    models.model("openai:m@http://127.0.0.1:8000/v1");
    expect(models.warnings).toEqual([expect.stringContaining("would be answered from the cache")]);
    expect(
      modelsOf({ env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "https://gateway.example.com" } }).model(
        "anthropic:c",
      ).id,
    ).toBe("anthropic:c");
  });

  it("stays on this machine only at a loopback address", () => {
    const stays = (baseUrl: string) => modelsOf({ models: { fast: { ...fast, baseUrl } } }).model("fast").staysHere;
    for (const host of ["127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:1", "127.8.8.8", "127.1", "0x7f000001"])
      expect(stays(`http://${host}/v1`), host).toBe(true);
    const elsewhere = [
      "10.0.0.1",
      "0.0.0.0",
      "[::]",
      "[::2]",
      "[::ffff:10.0.0.1]",
      "localhost.example.com",
      "localhost.",
    ];
    const lookalikes = [
      "127.0.0.1.example.com",
      "127.0.0.1.nip.io",
      "notlocalhost",
      "api.localhost",
      "127.0.0.1\u3002evil",
    ];
    for (const host of [...elsewhere, ...lookalikes]) expect(stays(`http://${host}/v1`), host).toBe(false);
    expect(modelsOf({ env: { ANTHROPIC_API_KEY: "k" } }).model("anthropic:c").staysHere).toBe(false);
    expect(modelsOf({}).model("builtin").staysHere).toBe(true);
  });

  it.each([
    "http://127.0.0.1@evil.example.com/v1",
    "https://me:hidden@host.example.com/v1",
    "http://host.example.com/?k=hidden",
  ])("has no user, password or query in its address, and the sentence about it shows none: %s", (baseUrl) => {
    const asked = () => modelsOf({ models: { fast: { ...fast, baseUrl } } }).model("fast");
    expect(asked).toThrow(ConfigurationError);
    expect(asked).toThrow(/^fast: the address of (?:evil|host)\.example\.com holds a user, a password/u);
    expect(asked).not.toThrow(/hidden/u);
  });

  it("has an address that is one, wherever it comes from", () => {
    const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "gateway.example.com" };
    expect(() => modelsOf({ env }).model("anthropic:c")).toThrow(
      /^anthropic:c: the address in ANTHROPIC_BASE_URL is none/u,
    );
  });

  it("is the same model each time", () => {
    const models = modelsOf({ models: { fast } });
    expect(models.model("fast")).toBe(models.model("fast"));
  });

  it("cannot be Claude with sampling parameters", () => {
    const models = modelsOf({
      env: { ANTHROPIC_API_KEY: "k" },
      models: { c: { provider: "anthropic", model: "m", sampling: { temperature: 1 } } },
    });
    expect(() => models.model("c")).toThrow(/take no sampling parameters/u);
  });
});
