/** Values from JSON Schemas, and what spoils them: all of it the same for the same random numbers. */

import type { JsonSchema } from "../../../server/http/example-value.ts";
import type { Json } from "../../../shared/canonical-json.ts";

export type Random = () => number;

/** Stands in texts where somebody's code could: none of it may come back, or be logged. */
export const planted = "plantedSourceCode";

export function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

export function chance(random: Random, share: number): boolean {
  return random() < share;
}

/** A value that the schema allows, as far as a schema says. @param resolve what a `$ref` stands for */
export function valueFrom(
  schema: JsonSchema & { readonly examples?: readonly Json[]; readonly maxItems?: number; readonly maximum?: number },
  random: Random,
  resolve: (ref: string) => JsonSchema,
  depth = 0,
): Json {
  const { $ref, type } = schema;
  if ($ref !== undefined) return valueFrom(resolve($ref), random, resolve, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(random, schema.enum);
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options !== undefined) return valueFrom(pick(random, options), random, resolve, depth);
  if (type === "object") {
    const members = Object.entries(schema.properties ?? {}).filter(
      ([name]) => schema.required?.includes(name) || chance(random, 0.4),
    );
    const own = Object.fromEntries(
      members.map(([name, member]) => [name, valueFrom(member, random, resolve, depth + 1)]),
    );
    const { additionalProperties } = schema;
    if (typeof additionalProperties === "object" && depth < 6 && chance(random, 0.5)) {
      own[pick(random, ["a", "task", "0", "some name"])] = valueFrom(additionalProperties, random, resolve, depth + 1);
    }
    return own;
  }
  if (type === "array") {
    const least = schema.minItems ?? 0;
    const count = depth > 6 ? least : least + Math.floor(random() * 3);
    return Array.from({ length: count }, () => valueFrom(schema.items ?? {}, random, resolve, depth + 1));
  }
  if (type === "string") {
    const [example] = schema.examples ?? [];
    if (example !== undefined) return example;
    if (schema.pattern !== undefined) return "1";
    return pick(random, ["src/a.ts", "x", `const a = ${planted};\n`, "typescript", "two words"]);
  }
  if (type === "integer") {
    const low = schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
    return low + Math.floor(random() * Math.min(100, (schema.maximum ?? 100) - low + 1));
  }
  if (type === "number") return random();
  if (type === "boolean") return chance(random, 0.5);
  return null;
}

const oddTexts: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\r\n",
  "\u2028\u2029",
  "\u202Eesrever",
  "👩‍👩‍👧‍👦",
  "e\u0301".repeat(50),
  "Ａ\u200B\uFEFF",
  "__proto__",
  "constructor",
  "../../../../etc/passwd",
  "/etc/passwd",
  "C:\\Windows\\win.ini",
  "..%2f..%2f",
  "%00",
  "'; DROP TABLE events; --",
  "<script>alert(1)</script>",
  "$" + "{7*7}",
  "-1",
  "1e308",
  "NaN",
  "9007199254740993",
  "2026-13-45T99:99:99.999Z",
  "a".repeat(5_000),
  "[".repeat(200),
];

const oddNumbers: readonly number[] = [
  0,
  -0,
  -1,
  0.5,
  1e21,
  1e308,
  -1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  -Number.MAX_SAFE_INTEGER,
  2 ** 31,
  2 ** 63,
];

function oddValue(random: Random): Json {
  switch (Math.floor(random() * 9)) {
    case 0:
      return null;
    case 1:
      return chance(random, 0.5);
    case 2:
    case 3:
      return pick(random, oddNumbers);
    case 4:
    case 5:
      return pick(random, oddTexts);
    case 6:
      return [];
    case 7:
      return {};
    default:
      return [[[{ a: [null, { b: [] }] }]], pick(random, oddTexts)];
  }
}

/** Replaces, removes, adds or multiplies one thing somewhere in the value. */
export function spoilt(value: Json, random: Random): Json {
  if (Array.isArray(value)) {
    if (value.length > 0 && chance(random, 0.7)) {
      const at = Math.floor(random() * value.length);
      return value.map((each, n) => (n === at ? spoilt(each as Json, random) : (each as Json)));
    }
    if (value.length > 0 && chance(random, 0.3)) return Array.from({ length: 101 }, () => value[0] as Json);
    return chance(random, 0.5) ? [...(value as Json[]), oddValue(random)] : oddValue(random);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value) as [string, Json][];
    if (entries.length === 0 || chance(random, 0.15)) {
      return Object.fromEntries([...entries, [pick(random, [...oddTexts, planted]), oddValue(random)]]);
    }
    const at = Math.floor(random() * entries.length);
    if (chance(random, 0.15)) return Object.fromEntries(entries.filter((_, n) => n !== at));
    return Object.fromEntries(entries.map(([key, each], n) => [key, n === at ? spoilt(each, random) : each]));
  }
  if (typeof value === "string" && chance(random, 0.4)) {
    return pick(random, [
      value.slice(0, -1),
      value.slice(1),
      `${value}${value}`,
      `${value}\u0000`,
      value.toUpperCase(),
    ]);
  }
  if (typeof value === "number" && chance(random, 0.3))
    return pick(random, [value + 1, value - 1, -value, value + 0.5]);
  return oddValue(random);
}

export function oddText(random: Random): string {
  return pick(random, oddTexts);
}
