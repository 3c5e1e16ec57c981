/** The document is what the server does, and its page is safe to open beside other pages. */
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../../server/http/example-value.ts";
import { exampleValue, fittingText } from "../../../server/http/example-value.ts";
import { allRoutes } from "../../../server/http/routes/index.ts";
import { shippedTasks } from "../../../server/runs/shipped-tasks.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { sharedTestServer } from "./support.ts";

const server = sharedTestServer();

// biome-ignore lint/suspicious/noExplicitAny: what each test says of the document
async function readDocument(): Promise<any> {
  const { status, body } = await server().send({ path: "/v1/openapi.json" });
  expect(status).toBe(200);
  return body;
}

/** Every object in a JSON value, with where it stands. */
function* objectsIn(value: unknown, at = ""): Generator<{ at: string; value: Record<string, unknown> }> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield { at, value: value as Record<string, unknown> };
  for (const [key, member] of Object.entries(value)) yield* objectsIn(member, `${at}/${key}`);
}

/** Without the page, which is for people. */
const routes = () =>
  allRoutes({ ...server().server.context, metrics: new Registry() }).filter(
    ({ path }) => path !== "/" && !path.startsWith("/docs"),
  );
const documented = (path: string) => path.replace(/[:*](?<name>\w+)/gu, "{$<name>}");

describe("the OpenAPI document", () => {
  it("is read by anybody, and names every route with who may ask it", async () => {
    const document = await readDocument();
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const { method, path, role, summary } of routes()) {
      const operation = document.paths[documented(path)][method];
      expect(operation).toMatchObject({ summary, "x-role": role });
      expect(operation.security).toEqual(role === "anyone" ? [] : undefined);
    }
  });

  it("has no reference that leads nowhere, no operation twice, and a parameter for every name in a path", async () => {
    const document = await readDocument();
    for (const { at, value } of objectsIn(document)) {
      if (typeof value["$ref"] !== "string") continue;
      let found = document;
      for (const part of value["$ref"].replace(/^#\//u, "").split("/")) found = found?.[part];
      expect([at, value["$ref"], typeof found]).toEqual([at, value["$ref"], "object"]);
      // A schema that is nothing but a reference to itself would mean nothing.
      expect(found?.$ref).not.toBe(value["$ref"]);
    }
    const ids = [...objectsIn(document.paths)].flatMap(({ value }) => value["operationId"] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, item] of Object.entries<Record<string, { parameters?: { name: string; in: string }[] }>>(
      document.paths,
    )) {
      const inPath = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(item)) {
        expect(parameters.filter((each) => each.in === "path").map(({ name }) => name)).toEqual(inPath);
      }
    }
  });

  it("shows for every body an example that the route itself would take", async () => {
    const document = await readDocument();
    for (const { method, path, request } of routes()) {
      const schema = request.bodyDocument ?? request.body;
      if (schema === undefined) continue;
      const { example } = document.paths[documented(path)][method].requestBody.content["application/json"];
      expect([path, parseRecord(schema, example)]).toMatchObject([path, { ok: true }]);
    }
  });

  it("shows for a pattern only what fits it", async () => {
    for (const { at, value } of objectsIn(await readDocument())) {
      const { pattern, examples } = value as { pattern?: string; examples?: string[] };
      if (typeof pattern !== "string" || examples === undefined) continue;
      expect([at, examples[0]]).toEqual([at, expect.stringMatching(new RegExp(pattern, "u"))]);
    }
  });

  it("says of the fields that people fill in what they are for", async () => {
    const { paths } = await readDocument();
    const bodyOf = (path: string, method: string) => paths[path][method].requestBody.content["application/json"].schema;
    expect(bodyOf("/v1/tokens", "post").properties.person.description).toMatch(/^The name of somebody new/u);
    expect(bodyOf("/v1/runs", "post").properties.task.description).toMatch(/^The name of a task that ships/u);
    expect(bodyOf("/v1/runs", "post").properties.task.anyOf[0].examples).toEqual([
      expect.toSatisfy((task: string) => shippedTasks().has(task)),
    ]);
    expect(bodyOf("/v1/policy", "put").properties.retention.properties.days.description).toMatch(/^Events older/u);
    const [before] = paths["/v1/audit"].get.parameters;
    expect(before).toMatchObject({ name: "before", schema: { description: expect.stringContaining("older than") } });
  });

  it("names what a rule says that no schema can say", async () => {
    const document = await readDocument();
    expect(JSON.stringify(document.components.schemas.Snapshot)).toContain("leaves the folder through ..");
  });
});

describe("an example of a schema", () => {
  const none = () => ({});

  it("has what is required, the first of a choice, and the least number", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: {
        name: { type: "string", pattern: "^v[1-9]\\d*$" },
        kind: { anyOf: [{ const: "one" }, { const: "two" }] },
        count: { type: "integer", minimum: 3 },
        left: { type: "string" },
        list: { type: "array", minItems: 1, items: { type: "boolean" } },
      },
      required: ["name", "kind", "count", "list"],
    };
    expect(exampleValue(schema, none)).toEqual({ name: "v1", kind: "one", count: 3, list: [true] });
  });

  it("says nothing where it knows no text of a pattern", () => {
    expect(fittingText({ pattern: "^never such a text$" })).toBeUndefined();
  });
});

describe("the page at /docs", () => {
  it("may run its own program and no other, and be framed by nobody", async () => {
    expect(await server().send({ path: "/" })).toMatchObject({ status: 302, headers: { location: "/docs" } });
    const { status, headers, text } = await server().send({ path: "/docs" });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/u);
    expect(text).not.toMatch(/<script(?![^>]* src="\/docs\/)|<style|style=|\son\w+=|https?:\/\//u);
  });

  it("has everything that it names, and its program makes no markup of texts and keeps no token", async () => {
    const { text: page } = await server().send({ path: "/docs" });
    const named = [...page.matchAll(/(?:href|src)="(?<path>\/[^"]+)"/gu)].map(({ groups }) => groups?.["path"] ?? "");
    expect(named).toContain("/docs/page.js");
    for (const path of named) expect([path, (await server().send({ path })).status]).toEqual([path, 200]);
    const { text: program, headers } = await server().send({ path: "/docs/page.js" });
    expect(headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(program).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|cookie/u);
  });
});
