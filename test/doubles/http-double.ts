/**
 * What the doubles of the vendors' servers have in common: a real socket, a log of what was asked, and faults on
 * demand. A double speaks the wire format of its vendor and refuses what the vendor would refuse; what it answers is
 * computed from the request, so that the same request is answered the same.
 *
 * Over HTTP, for a double in a process of its own: `GET /_double/requests` gives the log's counts, `POST
 * /_double/faults` adds a fault plan.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

/** What can go wrong, on the wire or in the answer. */
export type Fault =
  /** 429; `retryAfterMs` goes into `retry-after-ms`, and rounded up to seconds into `retry-after`. */
  | { readonly kind: "rateLimit"; readonly retryAfterMs: number }
  | { readonly kind: "overloaded"; readonly retryAfterMs: number }
  /** The connection is reset, before any byte of the answer or in the middle of its body. */
  | { readonly kind: "reset"; readonly when: "before" | "middle" }
  /** Any other status with the vendor's error body. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly type: string;
      readonly message: string;
      readonly code?: string;
    }
  /** 307 to another address: whoever follows it sends the whole request there. */
  | { readonly kind: "redirect"; readonly to: string }
  /** 200, with the answer cut at half of its length and the stop reason that says so. */
  | { readonly kind: "truncated" }
  | { readonly kind: "empty" }
  | { readonly kind: "refusal" }
  /** 200, with this text instead of the computed one. */
  | { readonly kind: "text"; readonly text: string }
  /** The answer comes after this time: for doubles in a process of their own. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** The answer comes once the test calls `release`. */
  | { readonly kind: "held" }
  /** A body that is none of the vendor's, sent as it is where it is a string; 200 where no status is given. */
  | { readonly kind: "garbage"; readonly status?: number; readonly contentType?: string; readonly body?: unknown };

export interface FaultPlan {
  readonly fault: Fault;
  /** How many requests it strikes; then the plan is used up. */
  readonly times: number;
  /** Only requests whose body contains this. */
  readonly matching?: string;
}

export interface LoggedRequest {
  readonly number: number;
  /** Of the body but for the number of choices: requests that ask the same have the same. */
  readonly hash: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** What it was answered with; 0 where the connection was reset. */
  status: number;
  fault: Fault["kind"] | undefined;
  /** The answer left this process whole. */
  delivered: boolean;
  /** Answers in it that cost money: choices of a whole 200. */
  bought: number;
}

export interface RequestCounts {
  readonly requests: number;
  /** Different bodies among all requests. */
  readonly distinct: number;
  /** Answers with status 200 that left this process whole: what would be on the bill. */
  readonly bought: number;
  readonly distinctBought: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly mostUnderWay: number;
}

/** What an answer should hold, from the vendor's request body. */
export interface AnswerPlan {
  readonly text: string;
  readonly stop: "end" | "truncated" | "refusal";
}

/** The text that a double answers; `sample` counts answers to equal requests from 0, and the choices within one. */
export type Answerer = (request: DoubleRequest) => string;

export interface DoubleRequest {
  readonly system: string;
  /** The last message of the user. */
  readonly prompt: string;
  /** The JSON Schema that the answer must have; undefined where it is text. */
  readonly schema?: unknown;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** How many times the same was answered before, choices of one request counted singly. */
  readonly sample: number;
}

/**
 * What is wrong with the JSON Schema of an answer, as both vendors see it: objects name every property as required and
 * allow no other, and what bounds a value is not supported.
 */
export function schemaFault(schema: unknown, path = "schema"): string | undefined {
  if (!isRecord(schema)) return `${path}: must be an object`;
  const refused = ["minimum", "maximum", "minLength", "maxLength", "pattern"].find((keyword) => keyword in schema);
  if (refused !== undefined) return `${path}: '${refused}' is not supported`;
  if (schema["type"] !== "object") return undefined;
  const { properties, required, additionalProperties } = schema;
  if (!isRecord(properties)) return `${path}: an object needs properties`;
  if (additionalProperties !== false) return `${path}: 'additionalProperties' must be explicitly set to false`;
  const names = Object.keys(properties);
  if (!Array.isArray(required) || names.some((name) => !required.includes(name)))
    return `${path}: 'required' must name every property`;
  return names.map((name) => schemaFault(properties[name], `${path}.${name}`)).find((fault) => fault !== undefined);
}

/** One vendor's wire format. */
export interface Wire {
  readonly path: string;
  /** Undefined where the vendor would take it. */
  refuse(headers: IncomingMessage["headers"], body: unknown): WireError | undefined;
  read(body: unknown): {
    readonly system: string;
    readonly messages: DoubleRequest["messages"];
    readonly choices: number;
    readonly schema?: unknown;
  };
  answer(body: unknown, plans: readonly AnswerPlan[], number: number): unknown;
  error(error: WireError): unknown;
  /** Sent with every answer. */
  headers(number: number): Record<string, string>;
  readonly overloaded: WireError;
  readonly rateLimited: WireError;
  /** Counts tokens and costs nothing, where the vendor has that. */
  readonly counter?: {
    readonly path: string;
    refuse(headers: IncomingMessage["headers"], body: unknown): WireError | undefined;
    answer(body: unknown): unknown;
  };
}

export interface WireError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
}

export interface DoubleOptions {
  readonly answer: Answerer;
  readonly port?: number;
  /** Sent with every answer, such as rate-limit headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Double {
  /** Without a path: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly log: readonly LoggedRequest[];
  /** Bodies of which only the tokens were counted. */
  readonly counted: readonly unknown[];
  counts(): RequestCounts;
  /** Plans are tried in the order they were added; each request takes the first that fits. */
  plan(...plans: readonly FaultPlan[]): void;
  /** Lets every held answer go. */
  release(): void;
  close(): Promise<void>;
}

/** A request to another of the vendor's endpoints. */
export interface AlsoAsked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

export type AlsoReply =
  | {
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
      /** The connection is reset in the middle of the body. */
      readonly cut?: boolean;
    }
  | { readonly reset: true };

/** @param also answers at further endpoints; undefined where it has none such */
export async function startDouble(
  wire: Wire,
  options: DoubleOptions,
  also: (asked: AlsoAsked) => AlsoReply | undefined = () => undefined,
): Promise<Double> {
  const log: LoggedRequest[] = [];
  const counted: unknown[] = [];
  const asked = new Map<string, number>();
  const plans: { fault: Fault; left: number; matching: string | undefined }[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  let gate = Promise.withResolvers<void>();

  function plan(...added: readonly FaultPlan[]): void {
    for (const { fault, times, matching } of added) plans.push({ fault, left: times, matching });
  }

  function takeFault(body: string): Fault | undefined {
    const found = plans.find(({ left, matching }) => left > 0 && (matching === undefined || body.includes(matching)));
    if (found) found.left--;
    return found?.fault;
  }

  function counts(): RequestCounts {
    const bought = log.filter((request) => request.bought > 0);
    const byStatus: Record<string, number> = {};
    for (const { status } of log) byStatus[status] = (byStatus[status] ?? 0) + 1;
    return {
      requests: log.length,
      distinct: new Set(log.map(({ hash }) => hash)).size,
      bought: bought.reduce((sum, request) => sum + request.bought, 0),
      distinctBought: new Set(bought.map(({ hash }) => hash)).size,
      byStatus,
      mostUnderWay,
    };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/_double/requests") return send(response, 200, counts(), {});
    if (path === "/_double/faults") {
      plan(...(JSON.parse(body) as FaultPlan[]));
      return send(response, 200, {}, {});
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const reply = also({ method: request.method ?? "", url, headers: request.headers, body: parsed(body) });
    if (reply !== undefined) {
      if ("reset" in reply) {
        request.socket.resetAndDestroy();
        return;
      }
      const { status, headers = {} } = reply;
      if (!reply.cut) return send(response, status, reply.body, headers);
      const text = String(reply.body);
      response.writeHead(status, headers);
      response.write(text.slice(0, text.length >> 1), () => request.socket.resetAndDestroy());
      return;
    }
    if (path === wire.counter?.path && request.method === "POST") {
      const asks = parsed(body);
      const refused = wire.counter.refuse(request.headers, asks);
      if (refused) return send(response, refused.status, wire.error(refused), {});
      counted.push(asks);
      return send(response, 200, wire.counter.answer(asks), {});
    }
    if (path !== wire.path || request.method !== "POST") {
      const unknown = { status: 404, type: "not_found_error", message: `no ${request.method} ${path} here` };
      return send(response, 404, wire.error(unknown), {});
    }
    await answer(request, response, body);
  }

  async function answer(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const body = parsed(text);
    const entry: LoggedRequest = {
      number: log.length,
      hash: hashOf(body),
      body,
      headers: plainHeaders(request.headers),
      status: 0,
      fault: undefined,
      delivered: false,
      bought: 0,
    };
    log.push(entry);
    const headers = { ...wire.headers(entry.number), ...options.headers };
    const refused =
      body === undefined
        ? { status: 400, type: "invalid_request_error", message: "the body is no JSON" }
        : wire.refuse(request.headers, body);
    if (refused) {
      entry.status = refused.status;
      return send(response, refused.status, wire.error(refused), headers);
    }
    const fault = takeFault(text);
    entry.fault = fault?.kind;
    if (fault?.kind === "held") await gate.promise;
    if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.kind === "reset" && fault.when === "before") {
      request.socket.resetAndDestroy();
      return;
    }
    const failed = failure(wire, fault);
    if (failed) {
      entry.status = failed.error.status;
      return send(response, failed.error.status, wire.error(failed.error), { ...headers, ...failed.headers });
    }
    if (fault?.kind === "garbage") {
      const { status = 200, contentType = "application/json", body: garbage = { hello: "world" } } = fault;
      entry.status = status;
      return send(response, status, garbage, { ...headers, "content-type": contentType });
    }
    entry.status = 200;
    const { system, messages, choices, schema } = wire.read(body);
    const first = asked.get(entry.hash) ?? 0;
    const prompt = messages.findLast(({ role }) => role === "user")?.content ?? "";
    const answers = Array.from({ length: choices }, (_, i) =>
      struck(fault, options.answer({ system, messages, prompt, schema, sample: first + i })),
    );
    const whole = JSON.stringify(wire.answer(body, answers, entry.number));
    if (fault?.kind === "reset") {
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(whole),
        ...headers,
      });
      // Written, then cut: the client has the headers and half of the body.
      response.write(whole.slice(0, whole.length >> 1), () => request.socket.resetAndDestroy());
      return;
    }
    response.once("finish", () => {
      entry.delivered = true;
      asked.set(entry.hash, first + choices);
      entry.bought = choices;
    });
    send(response, 200, whole, headers);
  }

  const server = createServer((request, response) => {
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    response.once("close", () => {
      underWay--;
    });
    serve(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await listening(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    counted,
    counts,
    plan,
    release() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

/** The text as the fault leaves it. */
function struck(fault: Fault | undefined, text: string): AnswerPlan {
  switch (fault?.kind) {
    case "truncated":
      return { text: text.slice(0, text.length >> 1), stop: "truncated" };
    case "empty":
      return { text: "", stop: "end" };
    case "refusal":
      return { text: "", stop: "refusal" };
    case "text":
      return { text: fault.text, stop: "end" };
    default:
      return { text, stop: "end" };
  }
}

function failure(
  wire: Wire,
  fault: Fault | undefined,
): { error: WireError; headers: Record<string, string> } | undefined {
  switch (fault?.kind) {
    case "rateLimit":
      return { error: wire.rateLimited, headers: retryAfter(fault.retryAfterMs) };
    case "overloaded":
      return { error: wire.overloaded, headers: retryAfter(fault.retryAfterMs) };
    case "status":
      return { error: fault, headers: {} };
    case "redirect":
      return { error: { status: 307, type: "redirect", message: "moved" }, headers: { location: fault.to } };
    default:
      return undefined;
  }
}

function retryAfter(ms: number): Record<string, string> {
  return { "retry-after-ms": String(ms), "retry-after": String(Math.ceil(ms / 1_000)) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export function hashOf(body: unknown): string {
  const { n: _choices, ...asked } = isRecord(body) ? body : { body };
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function plainHeaders(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string>): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(text);
}

/**
 * Runs a double as a process of its own, so that it outlives what it serves: `node FILE --answer MODULE [--port N]`.
 * MODULE exports `answer: Answerer`. Prints its address as the first line.
 */
export async function runDouble(start: (options: DoubleOptions) => Promise<Double>): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, answer: { type: "string" } } });
  if (values.answer === undefined) throw new Error("--answer MODULE is missing");
  const { answer } = (await import(new URL(values.answer, `file://${process.cwd()}/`).href)) as { answer: Answerer };
  const double = await start({ answer, port: Number(values.port ?? 0) });
  process.stdout.write(`${double.url}\n`);
}

/** The text of a message's content, which may be a string or a list of blocks with a text. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((block: unknown) => (isRecord(block) ? String(block["text"] ?? "") : "")).join("");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number of tokens that depends on nothing but the text. */
export function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
