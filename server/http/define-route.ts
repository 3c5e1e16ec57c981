/**
 * A route: who may ask what, and what is answered. The routes of a part are one function in `routes/NAME.ts`:
 *
 *     export function thingRoutes({ store }: HttpContext): Route[] {
 *       return [
 *         defineRoute({
 *           method: "get",
 *           path: "/v1/things/:id",
 *           role: "admin",
 *           summary: "One thing.",
 *           request: { params: z.strictObject({ id: thingId }) },
 *           response: { description: "The thing.", body: thing },
 *           handler: async ({ params }) => {
 *             const found = await store.things.find(params);
 *             if (!found) throw new Problem({ status: 404, code: "unknown-thing", detail: "There is no such thing." });
 *             return { body: found };
 *           },
 *         }),
 *       ];
 *     }
 *
 * and a line in `routes/index.ts`. Schemas live in `shared/wire/NAME.ts`; the OpenAPI document is made from these
 * definitions. Before a handler runs, Host, Origin, token, role, rate limit and body have been checked. What it throws
 * becomes a problem document: a `Problem` as it is, a store's `Refusal` with its code (404 for `unknown-…`, else 409),
 * `StoreUnavailable` 503, `StoreBacklogged` 429, anything else 500 without a word of its message.
 */
import type { Request, Response } from "express";
import type * as z from "zod/mini";
import type { Json } from "../../shared/canonical-json.ts";
import type { Role } from "../../shared/wire/roles.ts";
import type { Caller } from "./token-book.ts";

export type Method = "get" | "put" | "post" | "delete" | "patch";

export type Schema = z.ZodMiniType;
type Read<S> = S extends z.ZodMiniType ? z.infer<S> : undefined;

/** What is asked with; what has no schema must not be there (`body`) or is not looked at (`query`). */
export interface RequestShape {
  /** Of the path's `:names`. */
  readonly params?: Schema;
  /** Of the query string: each a string, or several where a name is repeated. */
  readonly query?: Schema;
  /** Of the JSON body. */
  readonly body?: Schema;
  /** What the OpenAPI document says of a body that `body` is only the envelope of: the handler parses what it holds. */
  readonly bodyDocument?: Schema;
  /** The body may be left out; the handler then gets undefined. */
  readonly bodyOptional?: boolean;
  /** A body for readers of the OpenAPI document, where one that is made of the schema would say little. */
  readonly bodyExample?: Json;
}

export interface ResponseShape {
  /** 200 where not given. */
  readonly status?: number;
  readonly description: string;
  /** Of the JSON body; none, and no `contentType`: the answer has no body. */
  readonly body?: Schema;
  /** Of an answer that is no JSON document, such as `text/event-stream`. The handler then gives `send`. */
  readonly contentType?: string;
  /** Of the data of each server-sent event, by its name. */
  readonly events?: Readonly<Record<string, Schema>>;
}

export interface RouteRequest<Params, Query, Body, Who> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Who;
  /** By lower-case name. */
  readonly headers: Request["headers"];
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface Reply<Body> {
  /** Instead of the declared one, as 304 for a document that has not changed. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Writes an answer that is no JSON document, and resolves when it is done; status and headers are set before. */
  readonly send?: (response: Response, signal: AbortSignal) => Promise<void>;
}

export type Access = Role | "anyone";

interface RouteOptions<P, Q, B, R, A extends Access> {
  readonly method: Method;
  /** `/v1/things/:id`, as Express 5 reads it. */
  readonly path: string;
  /** The least role that may ask; `anyone` needs no token. */
  readonly role: A;
  /** One line of the OpenAPI document. */
  readonly summary: string;
  /** More of it, where the summary does not say all. */
  readonly description?: string;
  readonly request?: RequestShape & { readonly params?: P; readonly query?: Q; readonly body?: B };
  readonly response: ResponseShape & { readonly body?: R };
  /** Statuses that it fails with beyond those that every route can (400, 401, 403, 415, 421, 429, 500, 503). */
  readonly problems?: Readonly<Record<number, string>>;
  readonly handler: (
    request: RouteRequest<Read<P>, Read<Q>, Read<B>, A extends "anyone" ? undefined : Caller>,
  ) => Promise<Reply<Read<R>>>;
}

/** A route, whatever its handler's types. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly role: Access;
  readonly summary: string;
  readonly description?: string;
  readonly request: RequestShape;
  readonly response: ResponseShape;
  readonly problems: Readonly<Record<number, string>>;
  readonly handler: (request: RouteRequest<unknown, unknown, unknown, Caller | undefined>) => Promise<Reply<unknown>>;
}

export function defineRoute<
  A extends Access,
  R extends Schema | undefined = undefined,
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
>(options: RouteOptions<P, Q, B, R, A>): Route {
  return {
    ...options,
    request: options.request ?? {},
    problems: options.problems ?? {},
    // The app hands over what it has read by these very schemas, and a caller wherever the role asks for one.
    handler: options.handler as Route["handler"],
  };
}
