/** One snapshot, one prediction: by whichever model the server is set to, of redacted code alone, and stored nowhere. */
import { existsSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { REGION_END, REGION_START } from "../../../server/prompts/markers.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Answerer, Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { validSnapshot } from "../../shared/records/valid.ts";
import type { TestServer } from "./support.ts";
import { sharedTestServer, startTestServer } from "./support.ts";

const ask = (server: TestServer, token: string, snapshot: unknown = validSnapshot) =>
  server.send({ method: "POST", path: "/v1/predictions", body: { snapshot }, token });

/** Built, so that this file holds none. */
const secret = ["ghp", sha256Hex("a token of nobody").slice(0, 36)].join("_");

const nonsense = () => "nothing of the kind";

async function withModel(
  predictionTimeoutMs = 60_000,
  answerer: Answerer = nonsense,
): Promise<{ double: Double; server: TestServer; token: string }> {
  const double = await startOpenAiDouble({ answer: answerer, wantsKey: false });
  onTestFinished(() => double.close());
  const model = { provider: "openai", model: "coder", revision: "r1", baseUrl: `${double.url}/v1` } as const;
  const server = await startTestServer({
    configuration: {
      concurrency: 1,
      seed: 1,
      models: { local: model },
      file: undefined,
      server: { requestBurst: 10_000, predictionModel: "local", predictionTimeoutMs },
    },
  });
  return { double, server, token: (await server.token("contributor")).secret };
}

describe("a prediction over HTTP, by the builtin model", () => {
  const shared = sharedTestServer();

  it("is an edit or none, for contributors, and leaves nothing behind", async () => {
    const server = shared();
    const { secret: token } = await server.token("contributor");
    const answered = await ask(server, token);
    expect(answered).toMatchObject({ status: 200, body: { model: "builtin" } });
    expect(answered.body.noEdit ?? typeof answered.body.text).toBeOneOf([true, "string"]);
    expect((await ask(server, token)).body).toEqual(answered.body);
    expect(await server.stored()).toBe(0);
    expect(existsSync(join(server.dataDir, "cache.db"))).toBe(false);
    expect(await server.send({ method: "POST", path: "/v1/predictions", body: {} })).toMatchObject({ status: 401 });
  });

  it("is refused where the snapshot is not valid", async () => {
    const server = shared();
    const { secret: token } = await server.token("contributor");
    const refused = await ask(server, token, { ...validSnapshot, cursor: 1_000_000 });
    expect(refused).toMatchObject({ status: 422, body: { code: "invalid" } });
  });

  it("is refused where the policy does not allow the repository", async () => {
    const server = await startTestServer();
    const { secret: token } = await server.token("contributor");
    const repositories = { allow: ["git.example.org/*"], deny: [] };
    const { body } = await server.send({ path: "/v1/policy", token: server.admin });
    const set = { ...body.policy, repositories };
    await server.send({ method: "PUT", path: "/v1/policy", body: set, token: server.admin });
    expect(await ask(server, token)).toMatchObject({ status: 403, body: { code: "policy" } });
  });
});

describe("a prediction over HTTP, by a model of the configuration", () => {
  it.each([
    ["a secret in the code", { excerpt: { startLine: 0, text: `one\ntwo\n${secret}\n` } }],
    ["a path of secrets", { document: { ...validSnapshot.document, path: ".env" } }],
  ])("is refused for %s before the model sees it, without a word of it", async (_what, more) => {
    const { double, server, token } = await withModel();
    const refused = await ask(server, token, { ...validSnapshot, ...more });
    expect(refused).toMatchObject({ status: 422, body: { code: "not-redacted", field: "snapshot" } });
    expect(double.log).toEqual([]);
    expect(refused.text + server.log()).not.toContain(secret);
  });

  it("is what that model answers, asked once", async () => {
    const { double, server, token } = await withModel(
      60_000,
      () => `More follows.\n\n\`\`\`\n${REGION_START}\ntwo\nthree more\n${REGION_END}\n\`\`\`\n`,
    );
    const answered = await ask(server, token, validSnapshot);
    expect(answered).toMatchObject({ status: 200, body: { model: "openai:coder@r1", text: "two\nthree more\n" } });
    expect(double.log).toHaveLength(1);
    expect(existsSync(join(server.dataDir, "cache.db"))).toBe(false);
  });

  it("that gives none is a problem that says so, and leaves neither answer nor snapshot behind", async () => {
    const { double, server, token } = await withModel();
    expect(await ask(server, token)).toMatchObject({ status: 502, body: { code: "model-failed" } });
    expect(double.log.length).toBeGreaterThan(0);
    expect(existsSync(join(server.dataDir, "cache.db"))).toBe(false);
    expect(server.log()).not.toContain("nothing of the kind");
  });

  it("that takes too long is given up", async () => {
    const { double, server, token } = await withModel(1);
    double.plan({ fault: { kind: "held" }, times: 100 });
    expect(await ask(server, token)).toMatchObject({ status: 504, body: { code: "model-timeout" } });
  });

  it("is given up when its client leaves", async () => {
    const { double, server, token } = await withModel();
    double.plan({ fault: { kind: "held" }, times: 100 });
    const asking = request(`${server.url}/v1/predictions`, {
      method: "POST",
      agent: false,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
    asking.on("error", () => undefined);
    asking.end(JSON.stringify({ snapshot: validSnapshot }));
    await vi.waitFor(() => expect(double.log).toHaveLength(1), { timeout: 20_000 });
    asking.destroy();
    await vi.waitFor(() => expect(server.log()).toContain("the client left before it was answered"), {
      timeout: 20_000,
    });
    double.release();
    // Nobody waits for the answer any more, and nobody asks again.
    expect(double.log).toMatchObject([{ delivered: false }]);
    expect(await server.send({ path: "/v1/me", token })).toMatchObject({ status: 200 });
  });
});
