/** Holds what a person wrote (a configuration, a task file) against a strict schema, and says every fault in words. */
import * as z from "zod/mini";
import { nearestName } from "./nearest.ts";

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  /** One sentence a fault, each beginning with the path of the key, such as `models.fast.baseURL`. */
  | { readonly ok: false; readonly problems: readonly string[] };

const inEnglish = z.locales.en().localeError;

/** Reads `value` by `schema`. An unknown key is a fault that names the nearest known one. */
export function validate<T>(schema: z.ZodMiniType<T>, value: unknown): Validated<T> {
  const result = schema.safeParse(value, { error: inEnglish });
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.flatMap((issue) => sentences(schema, value, issue));
  return { ok: false, problems };
}

function sentences(schema: z.core.$ZodType, value: unknown, issue: z.core.$ZodIssue): string[] {
  const at = dotted(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, value, issue.path);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest === undefined ? ` Known here: ${known.join(", ")}.` : ` Did you mean ${nearest}?`;
      return `${dotted([...issue.path, key])} is an unknown key.${hint}`;
    });
  }
  if (issue.code === "invalid_value") {
    const given = at === "" ? value : valueAt(value, issue.path);
    const allowed = issue.values.map(String);
    const nearest = typeof given === "string" ? nearestName(given, allowed) : undefined;
    return [`${at} must be one of ${allowed.join(", ")}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`];
  }
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => `${at} ${message}.`);
  if (issue.code === "invalid_type" && valueAt(value, issue.path) === undefined) return [`${at} is missing.`];
  if (issue.code === "too_small" || issue.code === "too_big") return [`${at} ${limitOf(issue)}.`];
  return [`${at}: ${issue.message}${issue.message.endsWith(".") ? "" : "."}`.replace(/^: /u, "")];
}

function limitOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const counted = { string: " characters", array: " entries" }[issue.origin as string];
  const must = counted === undefined ? "must be" : "must have";
  if (issue.code === "too_big") {
    return `${must} ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${counted ?? ""}`;
  }
  if (counted !== undefined && issue.minimum === 1) return "must not be empty";
  return `${must} ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${counted ?? ""}`;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : (i > 0 ? "." : "") + String(part))).join("");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}

/** The keys that the schema knows at `path`; of a union, those of the options whose literals fit the value. */
function keysAt(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  const keys = new Set<string>();
  for (const shape of shapesAt(schema, value, path)) for (const key of Object.keys(shape)) keys.add(key);
  return [...keys];
}

function shapesAt(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): z.core.$ZodShape[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case "default":
    case "prefault":
    case "optional":
    case "nullable":
    case "readonly":
      return shapesAt(def.innerType, value, path);
    case "union":
      return def.options.flatMap((option) => (fits(option, value) ? shapesAt(option, value, path) : []));
    case "object": {
      const [head, ...rest] = path;
      if (head === undefined) return [def.shape];
      const member = def.shape[String(head)];
      return member === undefined ? [] : shapesAt(member, valueAt(value, [head]), rest);
    }
    case "record":
    case "array": {
      const [head, ...rest] = path;
      const member = def.type === "record" ? def.valueType : def.element;
      return head === undefined ? [] : shapesAt(member, valueAt(value, [head]), rest);
    }
    default:
      return [];
  }
}

/** Whether the literals of an object schema (its discriminator) are those of the value. */
function fits(option: z.core.$ZodType, value: unknown): boolean {
  const def = (option as z.core.$ZodTypes)._zod.def;
  if (def.type !== "object") return true;
  return Object.entries(def.shape).every(([key, member]) => {
    const memberDef = (member as z.core.$ZodTypes)._zod.def;
    return memberDef.type !== "literal" || memberDef.values.includes(valueAt(value, [key]) as z.core.util.Literal);
  });
}
