/** A value that a JSON Schema allows, small and readable, for people who look at what is to be sent. */
import type { Json } from "../../shared/canonical-json.ts";

/** What `z.toJSONSchema` makes; `$ref` is followed by whoever calls. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** What texts of a pattern look like: the first that fits is taken. */
const texts = [
  "example",
  "2026-01-31T09:05:00.123Z",
  "2026-01-31",
  "01890a5d-ac96-774b-bcce-b302099a8057",
  "0123456789abcdef".repeat(2),
  "0123456789abcdef".repeat(4),
  "0123456789ab",
  "v1",
  "1.2.3",
  "1",
  "https://example.com",
];

/** @param resolve what a `$ref` stands for */
export function exampleValue(schema: JsonSchema, resolve: (ref: string) => JsonSchema): Json {
  const { $ref, const: constant, enum: values, type } = schema;
  if ($ref !== undefined) return exampleValue(resolve($ref), resolve);
  if (constant !== undefined) return constant;
  const [first] = values ?? [];
  if (first !== undefined) return first;
  const [option] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (option !== undefined) return exampleValue(option, resolve);
  switch (type) {
    case "object":
      return objectOf(schema, resolve);
    case "array":
      return schema.items && (schema.minItems ?? 0) > 0 ? [exampleValue(schema.items, resolve)] : [];
    case "string":
      return fittingText(schema) ?? "";
    case "integer":
    case "number":
      return schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1);
    case "boolean":
      return true;
    default:
      return null;
  }
}

function objectOf({ properties = {}, required = [] }: JsonSchema, resolve: (ref: string) => JsonSchema): Json {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => required.includes(name))
      .map(([name, member]) => [name, exampleValue(member, resolve)]),
  );
}

/** A text of a schema's pattern and length; undefined where none is known. */
export function fittingText({ pattern, minLength = 0 }: Pick<JsonSchema, "pattern" | "minLength">): string | undefined {
  const form = pattern === undefined ? undefined : new RegExp(pattern, "u");
  return texts.find((text) => text.length >= minLength && (form?.test(text) ?? true));
}
