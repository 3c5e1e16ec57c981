/** The HTTP server's application: the guards, then the routes, then what becomes of faults. */
import type { Express, NextFunction, Request, Response } from "express";
import express from "express";
import { Counter, Histogram } from "prom-client";
import { parseEnvelope, parseRecord } from "../../shared/records/parse.ts";
import type { Log } from "../log.ts";
import { errorFacts } from "../log.ts";
import { StoreUnavailable } from "../store/faults.ts";
import type { Doorkeeper } from "./authenticate.ts";
import { authenticate, requireRole } from "./authenticate.ts";
import { ClientGone, discardRest, hasBody, readJsonBody } from "./body.ts";
import type { HttpContext } from "./context.ts";
import type { Method, Reply, RequestShape, Route, Schema } from "./define-route.ts";
import { problemOf } from "./faults.ts";
import { guardContentType, guardSender } from "./guards.ts";
import { Problem, problemBody } from "./problem.ts";
import { createRateLimit } from "./rate-limit.ts";
import { allRoutes } from "./routes/index.ts";
import type { Caller } from "./token-book.ts";

/** Of requests without a valid token, from one address. */
const failureLimit = { perSecond: 0.5, burst: 20 };

/** On every answer: what came from here is for nobody's cache, frame or page. */
const safeHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const requestIdBytes = 8;

/** What is known of a request once it is answered, for its line in the log. */
interface Trace {
  readonly id: string;
  readonly startedMs: number;
  route: string;
  caller: Caller | undefined;
  code: string | undefined;
}

const traces = new WeakMap<Request, Trace>();

export function createApp(context: HttpContext, routes: readonly Route[] = allRoutes(context)): Express {
  const { clock, log } = context;
  const door: Doorkeeper = {
    tokens: context.tokens,
    requests: createRateLimit({ ...context.limits, clock }),
    failures: createRateLimit({ ...failureLimit, clock }),
  };
  const measured = createMeasures(context);
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.enable("case sensitive routing").enable("strict routing");
  // One proxy, where there is one: what is further to the left in X-Forwarded-For anybody may have written.
  app.set("trust proxy", context.edge.behindProxy ? 1 : false);
  app.set("query parser", "simple");

  app.use((request, response, next) => {
    const id = Buffer.from(context.randomBytes(requestIdBytes)).toString("hex");
    const trace: Trace = { id, startedMs: clock.monotonicMs(), route: "none", caller: undefined, code: undefined };
    traces.set(request, trace);
    response.set({ ...safeHeaders, date: new Date(clock.now()).toUTCString(), "x-request-id": id });
    response.on("close", () => {
      const tookMs = clock.monotonicMs() - trace.startedMs;
      measured(request.method, trace.route, response, tookMs);
      writeLine(log, request, response, trace, tookMs);
    });
    guardSender({ ...guarded(request), https: request.secure }, context.edge);
    guardContentType(request);
    next();
  });
  for (const route of routes) {
    app[route.method](route.path, async (request: Request, response: Response) => {
      await answer(route, request, response, door);
    });
  }
  for (const [path, methods] of methodsByPath(routes)) app.all(path, () => refuseMethod(methods));
  app.use(() => {
    throw new Problem({ status: 404, code: "unknown-route", detail: "There is nothing at this address." });
  });
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    if (thrown instanceof ClientGone) response.destroy();
    else fail(problemOf(thrown), request, response, log);
  });
  return app;
}

/** A class instance's getters are not copied by a spread. */
function guarded(request: Request) {
  const { headers, headersDistinct, method, socket } = request;
  return { headers, headersDistinct, method, socket };
}

async function answer(route: Route, request: Request, response: Response, door: Doorkeeper): Promise<void> {
  const trace = traces.get(request);
  if (trace) trace.route = route.path;
  let caller: Caller | undefined;
  if (route.role !== "anyone") {
    caller = authenticate(request.headers.authorization, request.ip, door);
    if (trace) trace.caller = caller;
    requireRole(route.role, caller);
  }
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort(new ClientGone("the client is gone"));
  });
  const params = readPart(route.request.params, { ...request.params }, "path");
  const query = readPart(route.request.query, { ...request.query }, "query");
  const body = await readBody(route.request, request);
  try {
    const { headers } = request;
    const reply = await route.handler({ params, query, body, caller, headers, signal: gone.signal });
    await send(route, reply, response, gone.signal);
  } catch (error) {
    // What waited for the client was told that it is gone, in the words of whoever waited.
    if (gone.signal.aborted && (error as Error).name === "AbortError") throw gone.signal.reason;
    throw error;
  }
}

function readPart(schema: Schema | undefined, value: unknown, prefix: string): unknown {
  return schema === undefined ? undefined : readBySchema(schema, value, prefix);
}

async function readBody(shape: RequestShape, request: Request): Promise<unknown> {
  if (shape.body === undefined) {
    if (!hasBody(request)) return undefined;
    throw new Problem({ status: 400, code: "body-not-expected", detail: "This request takes no body." });
  }
  if (!hasBody(request)) {
    if (shape.bodyOptional) return undefined;
    throw new Problem({ status: 400, code: "body-missing", detail: "This request needs a JSON body." });
  }
  const value = await readJsonBody(request);
  return readBySchema(shape.body, value, "", shape.bodyDocument ? parseEnvelope : parseRecord);
}

function readBySchema(schema: Schema, value: unknown, prefix: string, parse = parseRecord): unknown {
  const parsed = parse(schema, value);
  if (parsed.ok) return parsed.value;
  const at = (path: string) => [prefix, path].filter((part) => part !== "").join(".");
  throw invalid(parsed.issues.map(({ path, message }) => ({ field: at(path), detail: message })));
}

/** Faults told of one request. */
const maxFaults = 20;

function invalid(faults: readonly { field: string; detail: string }[]): Problem {
  const [first] = faults;
  const more = faults.length > 1 ? ` ${faults.length - 1} more under faults.` : "";
  return new Problem({
    status: 422,
    code: "invalid",
    detail: `${first?.field || "the body"} ${first?.detail}.${more}`,
    faults: faults.slice(0, maxFaults),
  });
}

async function send(route: Route, reply: Reply<unknown>, response: Response, signal: AbortSignal): Promise<void> {
  const declared = route.response;
  response.status(reply.status ?? declared.status ?? 200);
  if (reply.send && declared.contentType) response.set("content-type", declared.contentType);
  if (reply.headers) response.set(reply.headers);
  if (reply.send) {
    await reply.send(response, signal);
    if (!response.writableEnded) response.end();
  } else if (reply.body === undefined) {
    response.end();
  } else {
    response.set("content-type", "application/json; charset=utf-8");
    response.end(jsonText(reply.body));
  }
}

function methodsByPath(routes: readonly Route[]): Map<string, Method[]> {
  const methods = new Map<string, Method[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method]);
  return methods;
}

function refuseMethod(methods: readonly Method[]): never {
  const allow = methods.flatMap((method) => (method === "get" ? ["GET", "HEAD"] : method.toUpperCase())).join(", ");
  throw new Problem({
    status: 405,
    code: "method-not-allowed",
    detail: `This address answers ${allow}.`,
    headers: { allow },
  });
}

function fail(problem: Problem, request: Request, response: Response, log: Log): void {
  const trace = traces.get(request);
  if (trace) trace.code = problem.code;
  const { cause } = problem;
  if (cause instanceof StoreUnavailable) {
    // The store has told why, once: at every request it would be a flood.
    log.debug({ request: trace?.id, code: cause.code, detail: cause.detail }, "the store is unavailable");
  } else if (problem.status === 500) {
    log.error({ request: trace?.id, ...errorFacts(cause) }, "a request failed by a fault of Stillpoint's own");
  }
  if (response.headersSent || response.destroyed) {
    // An answer that was half given must not look whole.
    response.destroy();
    return;
  }
  discardRest(request);
  for (const name of response.getHeaderNames()) if (!(name in keptHeaders)) response.removeHeader(name);
  response.status(problem.status).set(problem.headers).set("content-type", "application/problem+json");
  response.end(jsonText(problemBody(problem, trace && `urn:stillpoint:request:${trace.id}`)));
}

/** With a line end, for who reads it at a terminal. */
function jsonText(body: unknown): string {
  return `${JSON.stringify(body)}\n`;
}

const keptHeaders = { ...safeHeaders, date: true, "x-request-id": true };

function writeLine(log: Log, request: Request, response: Response, trace: Trace, tookMs: number): void {
  const facts = {
    request: trace.id,
    method: request.method,
    // The pattern, never the address: that is the client's own text.
    route: trace.route,
    status: response.headersSent ? response.statusCode : undefined,
    code: trace.code,
    ms: Math.round(tookMs * 10) / 10,
    token: trace.caller?.tokenId,
    contributor: trace.caller?.contributor,
  };
  if (!response.writableFinished) log.info(facts, "the client left before it was answered");
  else if (response.statusCode >= 500) log.warn(facts, "failed");
  else if (response.statusCode >= 400) log.info(facts, "refused");
  else log.info(facts, "answered");
}

type Measure = (method: string, route: string, response: Response, tookMs: number) => void;

function createMeasures({ metrics }: HttpContext): Measure {
  const requests = new Counter({
    name: "stillpoint_http_requests_total",
    help: "Requests by method, route and status; none where the client left before it was answered.",
    labelNames: ["method", "route", "status"],
    registers: [metrics],
  });
  const seconds = new Histogram({
    name: "stillpoint_http_request_seconds",
    help: "Time from a request's first byte to its answer's last, by route.",
    labelNames: ["route"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  });
  return (method, route, response, tookMs) => {
    requests.inc({ method, route, status: response.headersSent ? response.statusCode : "none" });
    seconds.observe({ route }, tookMs / 1_000);
  };
}
