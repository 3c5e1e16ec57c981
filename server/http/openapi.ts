/** The OpenAPI 3.1 document: made of the routes' own definitions, so that it says what the server does. */
import * as z from "zod/mini";
import type { Json } from "../../shared/canonical-json.ts";
import { describeRules, namedSchemas } from "../../shared/records/json-schema.ts";
import { problemDocument } from "../../shared/wire/problem.ts";
import type { RequestShape, Route, Schema } from "./define-route.ts";
import type { JsonSchema } from "./example-value.ts";
import { exampleValue, fittingText } from "./example-value.ts";

const schemaPrefix = "#/components/schemas/";

/** Statuses that any request may fail with. */
const commonProblems = {
  400: "What was sent is no request that can be read.",
  401: "There is no token, or none that is in force.",
  403: "The token's role is not enough, or a page of another site asks.",
  413: "The body is too large.",
  415: "The body is not JSON.",
  421: "The server is not called by this name.",
  422: "A part of the request is not as its schema says; faults says which.",
  429: "Too many requests; Retry-After says when to come again.",
  500: "A fault of the server's own.",
  503: "The store cannot be used at present.",
} as const;

export type OpenApiDocument = Readonly<Record<string, Json>>;

export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const schemas = componentSchemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/[:*](?<name>\w+)/gu, "{$<name>}");
    paths[path] = { ...paths[path], [route.method]: operationOf(route, schemas) };
  }
  const problem = { "application/problem+json": { schema: schemas.of(problemDocument) } };
  const responses = Object.entries(commonProblems).map(([status, description]) => [
    problemName(status),
    { description, content: problem },
  ]);
  return {
    openapi: "3.1.1",
    info: {
      title: "Stillpoint",
      version,
      description:
        "The companion server: events in, durably, from people who may take them back; runs, datasets and figures for " +
        "admins. Errors are problem documents (RFC 9457) with a stable code.",
    },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token that stillpoint token create has made." },
      },
      responses: Object.fromEntries(responses),
      schemas: schemas.all(),
    },
  };
}

function operationOf(route: Route, schemas: Schemas): Json {
  const { request, response, role, summary, description } = route;
  const body = request.bodyDocument ?? request.body;
  return {
    operationId: operationId(route),
    tags: [tagOf(route.path)],
    summary,
    ...(description !== undefined && { description }),
    "x-role": role,
    ...(role === "anyone" && { security: [] }),
    ...parametersOf(request, schemas),
    ...(body && {
      requestBody: {
        required: !request.bodyOptional,
        content: { "application/json": { schema: schemas.of(body), example: exampleOf(request, body, schemas) } },
      },
    }),
    responses: {
      [String(response.status ?? 200)]: {
        description: response.description,
        ...contentOf(route, schemas),
      },
      ...problemsOf(route),
    },
  };
}

function contentOf({ response }: Route, schemas: Schemas): { content?: Json } {
  const { body, contentType, events } = response;
  if (body) return { content: { "application/json": { schema: schemas.of(body) } } };
  if (contentType === undefined) return {};
  const type = contentType.split(";")[0]?.trim() ?? contentType;
  const named = Object.entries(events ?? {}).map(([name, schema]) => [name, schemas.of(schema)] as const);
  const own: Json = { schema: { type: "string" }, ...(events && { "x-events": Object.fromEntries(named) }) };
  return { content: { [type]: own } };
}

function problemsOf(route: Route): Record<string, Json> {
  const { request, role, problems } = route;
  const asked = request.body ?? request.bodyDocument;
  const applies: Record<keyof typeof commonProblems, boolean> = {
    400: true,
    401: role !== "anyone",
    403: true,
    413: asked !== undefined,
    415: asked !== undefined,
    421: true,
    422: asked !== undefined || request.params !== undefined || request.query !== undefined,
    429: true,
    500: true,
    503: true,
  };
  const common = Object.keys(commonProblems)
    .filter((status) => applies[Number(status) as keyof typeof applies])
    .map((status): [string, Json] => [status, { $ref: `#/components/responses/${problemName(status)}` }]);
  const problem = { "application/problem+json": { schema: { $ref: `${schemaPrefix}Problem` } } };
  const own = Object.entries(problems).map(([status, description]): [string, Json] => [
    status,
    { description, ...(Number(status) >= 400 && { content: problem }) },
  ]);
  return Object.fromEntries([...new Map([...common, ...own])].sort(([a], [b]) => Number(a) - Number(b)));
}

function problemName(status: string): string {
  return `Problem${status}`;
}

function parametersOf({ params, query }: RequestShape, schemas: Schemas): { parameters?: Json } {
  const of = (schema: Schema | undefined, place: "path" | "query"): Json[] => {
    const { properties = {}, required = [] } = schema === undefined ? {} : (schemas.of(schema) as JsonSchema);
    return Object.entries(properties).map(([name, member]) => ({
      name,
      in: place,
      required: place === "path" || required.includes(name),
      // A path's rest is one text on the wire.
      schema: place === "path" && member.type === "array" ? { type: "string" } : (member as Json),
    }));
  };
  const parameters = [...of(params, "path"), ...of(query, "query")];
  return parameters.length > 0 ? { parameters } : {};
}

function exampleOf({ bodyExample }: RequestShape, body: Schema, schemas: Schemas): Json {
  return bodyExample ?? exampleValue(schemas.of(body) as JsonSchema, schemas.resolve);
}

/** `post /v1/runs/:name/cancel` is `postRunsNameCancel`. */
function operationId({ method, path }: Route): string {
  const words = path.replace(/^\/v1\//u, "").match(/\w+/gu) ?? [];
  return method + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function tagOf(path: string): string {
  return /^\/v1\/(?<part>\w+)/u.exec(path)?.groups?.["part"] ?? "server";
}

interface Schemas {
  /** Its JSON Schema, with what has a name as a reference. */
  of(schema: Schema): Json;
  resolve(ref: string): JsonSchema;
  all(): Record<string, Json>;
}

function componentSchemas(): Schemas {
  const found: Record<string, Json> = {};
  const names = z.registry<{ id: string; title?: string }>();
  for (const { schema, id, ...rest } of namedSchemas) {
    names.add(schema, { id: id.slice(0, 1).toUpperCase() + id.slice(1), ...rest });
  }
  names.add(problemDocument, { id: "Problem" });

  function take(definitions: Record<string, Json>): Map<string, string> {
    const called = new Map<string, string>();
    for (const name of Object.keys(definitions)) {
      // Recursive ones without a name of their own are all JSON itself.
      called.set(name, name.startsWith("__") ? "Json" : name);
    }
    for (const [name, definition] of Object.entries(definitions)) {
      found[called.get(name) ?? name] ??= renamed(definition, called);
    }
    return called;
  }

  return {
    of(schema) {
      const {
        $schema,
        $defs = {},
        ...own
      } = z.toJSONSchema(schema, {
        target: "draft-2020-12",
        io: "input",
        metadata: names,
        override: describe,
      }) as Record<string, Json> & { readonly $defs?: Record<string, Json> };
      const id = names.get(schema)?.id;
      // A schema with a name is among the definitions, unless nothing refers to it.
      const called = take(id === undefined || id in $defs ? $defs : { ...$defs, [id]: own });
      return id === undefined ? renamed(own, called) : { $ref: `${schemaPrefix}${id}` };
    },
    resolve: (ref) => (found[ref.slice(schemaPrefix.length)] ?? {}) as JsonSchema,
    all: () => Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const describe: typeof describeRules = (made) => {
  describeRules(made);
  const { jsonSchema, zodSchema } = made;
  const { description: said, examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (said !== undefined) {
    jsonSchema.description = [said, jsonSchema.description].filter((part) => part !== undefined).join(" ");
  }
  const { type, pattern, minLength = 0 } = jsonSchema;
  const example = type === "string" && pattern !== undefined ? fittingText({ pattern, minLength }) : undefined;
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  else if (example !== undefined) jsonSchema.examples = [example];
};

function renamed(value: Json, called: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((each) => renamed(each, called));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === "$ref" && typeof member === "string" && member.startsWith("#/$defs/")) {
        const name = member.slice("#/$defs/".length);
        return [key, `${schemaPrefix}${called.get(name) ?? name}`];
      }
      return [key, renamed(member as Json, called)];
    }),
  );
}
