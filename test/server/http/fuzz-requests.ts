/** Requests from the OpenAPI document, most of them spoilt in some way: the n-th of a seed is always the same. */
import { gzipSync } from "node:zlib";
import type { JsonSchema } from "../../../server/http/example-value.ts";
import type { Json } from "../../../shared/canonical-json.ts";
import { eventId } from "../../bench/captured-events.ts";
import { seededRandom } from "../../e2e/seeded-random.ts";
import { validEvents } from "../../shared/records/valid.ts";
import type { Random } from "./fuzz-values.ts";
import { chance, oddText, pick, planted, spoilt, valueFrom } from "./fuzz-values.ts";

export interface FuzzRequest {
  readonly method: string;
  /** As it is sent. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
  /** What it was made from: `post /v1/runs`. */
  readonly from: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonSchema;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly schema: JsonSchema; readonly example: Json } | undefined;
}

export interface FuzzWorld {
  /** Tokens that are in force, of each role. */
  readonly tokens: readonly string[];
  readonly adminToken: string;
  /** Names and ids of what there is, for paths. */
  readonly known: Readonly<Record<string, readonly string[]>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a document that another test holds to its form
export function fuzzer(document: any, world: FuzzWorld): (seed: number, n: number) => FuzzRequest {
  const operations: Operation[] = [];
  for (const [path, item] of Object.entries<Record<string, Record<string, never>>>(document.paths)) {
    for (const [method, operation] of Object.entries<Record<string, never>>(item)) {
      const { parameters = [], requestBody } = operation as unknown as {
        parameters?: Parameter[];
        requestBody?: { content: { "application/json": { schema: JsonSchema; example: Json } } };
      };
      operations.push({ method, path, parameters, body: requestBody?.content["application/json"] });
    }
  }
  const resolve = (ref: string): JsonSchema => document.components.schemas[ref.slice(ref.lastIndexOf("/") + 1)];

  return (seed, n) => {
    const random = seededRandom(seed * 1_000_003 + n);
    const first = pick(random, operations);
    const operation = slow.test(first.path) && chance(random, 0.8) ? pick(random, operations) : first;
    const method = chance(random, 0.04) ? pick(random, methods) : operation.method.toUpperCase();
    const { body, headers } = bodyOf(operation, random, resolve);
    return {
      method,
      path: oddPath(addressOf(operation, random, resolve, world), random),
      headers: {
        "x-forwarded-for": `192.0.2.${n % 256}, 2001:db8:${(n >> 8).toString(16)}::1`,
        ...authorization(random, world),
        ...headers,
        ...oddHeaders(random),
      },
      body,
      from: `${operation.method} ${operation.path}`,
    };
  };
}

/** What deletes rewrites whole files: asked for less often. */
const slow = /\/v1\/(?:me\/data|retention|contributors\/\{id\})$/u;

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH"];

function addressOf(
  { path, parameters }: Operation,
  random: Random,
  resolve: (ref: string) => JsonSchema,
  { known }: FuzzWorld,
): string {
  let address = path;
  const query: string[] = [];
  for (const parameter of parameters) {
    const there = known[`${path} ${parameter.name}`] ?? known[parameter.name];
    const value =
      there !== undefined && chance(random, 0.75)
        ? pick(random, there)
        : chance(random, 0.5)
          ? String(valueFrom(parameter.schema, random, resolve))
          : oddText(random);
    if (parameter.in === "path") {
      const sent = chance(random, 0.9) ? encoded(value) : value.replace(/[^!-~]/gu, "");
      address = address.replace(`{${parameter.name}}`, () => sent);
    } else if (chance(random, 0.6)) query.push(`${parameter.name}=${encoded(value)}`);
  }
  if (chance(random, 0.05))
    query.push(pick(random, ["a=1", "days=1&days=2", "limit[]=1", "__proto__=1", "&&==&", "%zz=%zz"]));
  return query.length === 0 ? address : `${address}?${query.join("&")}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("%2F", "/");
}

function oddPath(path: string, random: Random): string {
  if (chance(random, 0.96)) return path;
  return pick(random, [
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `${path}%00`,
    `${path}%ff%fe`,
    `${path}/../../admin-token`,
    path.replace("/v1", "/v1/.."),
    `${path}${"/a".repeat(300)}`,
    `${path}?${"a=1&".repeat(500)}`,
    `/${"x".repeat(6_000)}`,
    "*",
    "/%",
  ]);
}

function authorization(random: Random, { tokens, adminToken }: FuzzWorld): Record<string, string> {
  if (chance(random, 0.9)) return { authorization: `Bearer ${adminToken}` };
  const token = pick(random, tokens);
  return pick<Record<string, string>>(random, [
    { authorization: `Bearer ${token}` },
    { authorization: `bearer   ${token}` },
    {},
    { authorization: `Bearer ${token.slice(0, -1)}` },
    { authorization: `Bearer ${token.slice(0, -1)}0` },
    { authorization: "Basic YTpi" },
    { authorization: `Bearer ${"a".repeat(4_000)}` },
    { authorization: "" },
    { cookie: `token=${token}` },
  ]);
}

function oddHeaders(random: Random): Record<string, string> {
  if (chance(random, 0.85)) return {};
  return pick<Record<string, string>>(random, [
    { host: "evil.example" },
    { host: "localhost:1" },
    { host: "" },
    { origin: "null" },
    { origin: "https://evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "none" },
    { range: "bytes=0-0" },
    { range: "bytes=-1" },
    { range: "bytes=999999999999999-" },
    { range: "bytes=5-2, 1-" },
    { range: "lines=1-2" },
    { "if-range": '"x"', range: "bytes=1-" },
    { "if-none-match": "*" },
    { "if-none-match": 'W/"a", "b"' },
    { "if-match": '"0-abc"' },
    { "if-match": "nonsense" },
    { "last-event-id": "1.2" },
    { "last-event-id": `end.${planted}` },
    { accept: "text/html" },
    { "accept-encoding": "br;q=1.0, *;q=0" },
    { "x-forwarded-for": "1.2.3.4, ::1" },
    { "x-forwarded-proto": "https" },
    { "x-http-method-override": "DELETE" },
    { connection: "close" },
    { "x-long": "a".repeat(10_000) },
  ]);
}

interface BodyAndHeaders {
  readonly body: Buffer | undefined;
  readonly headers: Record<string, string>;
}

const json = { "content-type": "application/json" };

function bodyOf(operation: Operation, random: Random, resolve: (ref: string) => JsonSchema): BodyAndHeaders {
  if (operation.body === undefined) {
    if (chance(random, 0.97)) return { body: undefined, headers: {} };
    return { body: Buffer.from("{}"), headers: json };
  }
  if (chance(random, 0.02)) return { body: undefined, headers: {} };
  let value = validBody(operation, operation.body, random, resolve);
  for (let times = pick(random, [0, 0, 1, 1, 1, 2, 3]); times > 0; times--) value = spoilt(value, random);
  const text = JSON.stringify(value);
  return chance(random, 0.88) ? { body: Buffer.from(text), headers: json } : oddBody(text, random);
}

const smallTask: Json = {
  name: "small",
  kind: "distillation",
  input: { file: "in.jsonl" },
  models: { teacher: "builtin" },
  stages: ["redact", { distill: { model: "teacher" } }, "score"],
  output: { dataset: "small", formats: ["messages"] },
};
const runRequests: readonly Json[] = [
  { task: smallTask },
  { task: smallTask, teacher: "fast", seed: 3, concurrency: 2 },
  { task: "settled", input: "in.jsonl", student: "anthropic:some-model" },
  { task: "demo", repo: ".", max: 10 },
  { task: { ...smallTask, name: "pulled", input: { pull: { contributor: ["contributor-1"] } } }, max: 3 },
];

function validBody(
  { path }: Operation,
  { schema, example }: NonNullable<Operation["body"]>,
  random: Random,
  resolve: (ref: string) => JsonSchema,
): Json {
  if (path === "/v1/events") {
    const count = 1 + Math.floor(random() * 3);
    const id = () => eventId(Math.floor(random() * 2_000));
    return {
      events: Array.from({ length: count }, () => ({ ...pick(random, validEvents), id: id() })),
    } as unknown as Json;
  }
  if (path === "/v1/runs" && chance(random, 0.8)) return pick(random, runRequests);
  return chance(random, 0.4) ? example : valueFrom(schema, random, resolve);
}

function oddBody(text: string, random: Random): BodyAndHeaders {
  const whole = Buffer.from(text);
  return pick<() => BodyAndHeaders>(random, [
    () => ({ body: whole.subarray(0, Math.floor(whole.length / 2)), headers: json }),
    () => ({ body: Buffer.concat([whole, Buffer.from("x")]), headers: json }),
    () => ({ body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), whole]), headers: json }),
    () => ({ body: Buffer.concat([whole.subarray(0, -1), Buffer.from([0xff, 0xfe])]), headers: json }),
    () => ({ body: Buffer.from(text.replace(/"[^"]*"/u, '"\\ud800"')), headers: json }),
    () => ({ body: Buffer.from(text.replace("{", '{"a":1,"a":2,')), headers: json }),
    () => ({ body: Buffer.from(text.replace(/\d+/u, "1e400")), headers: json }),
    () => ({ body: Buffer.from(text.replace("{", '{"__proto__":{"x":1},')), headers: json }),
    () => ({ body: Buffer.from("[".repeat(100_000)), headers: json }),
    () => ({ body: Buffer.from(`{"a":${"[".repeat(60)}${"]".repeat(60)}}`), headers: json }),
    () => ({ body: Buffer.from("null"), headers: json }),
    () => ({ body: Buffer.alloc(2_000_000, 0x20), headers: json }),
    () => ({ body: gzipSync(whole), headers: { ...json, "content-encoding": "gzip" } }),
    () => ({ body: gzipSync(whole).subarray(0, -5), headers: { ...json, "content-encoding": "gzip" } }),
    () => ({ body: gzipSync(Buffer.alloc(20_000_000)), headers: { ...json, "content-encoding": "gzip" } }),
    () => ({ body: whole, headers: { ...json, "content-encoding": "br" } }),
    () => ({ body: whole, headers: { "content-type": "text/plain" } }),
    () => ({ body: whole, headers: { "content-type": "application/x-www-form-urlencoded" } }),
    () => ({ body: whole, headers: { "content-type": "application/json; charset=utf-16" } }),
    () => ({ body: whole, headers: {} }),
    () => ({ body: whole, headers: { ...json, "transfer-encoding": "chunked" } }),
  ])();
}
