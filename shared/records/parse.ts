/** Checks a value against a record's schema and says what is wrong in words a person can act on. */
import * as z from "zod/mini";

export interface RecordIssue {
  /** Where, as in `snapshot.history[2].diff`; empty for the record itself. */
  readonly path: string;
  /** What, to be read behind the path: `snapshot.cursor: is missing`. Holds no value from the record. */
  readonly message: string;
}

export type ParsedRecord<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly RecordIssue[] };

/** Keys and indexes shown of a path; a hostile record nests as deep as it likes. */
const maxPathParts = 12;
/** Characters shown of a key, for the same reason. */
const maxKeyLength = 80;

/** An unknown field is an issue with the field's own path. */
export function parseRecord<Value>(schema: z.ZodMiniType<Value>, value: unknown): ParsedRecord<Value> {
  const parsed = parseEnvelope(schema, value);
  const path = parsed.ok ? findHalfPair(parsed.value) : undefined;
  if (path === undefined) return parsed;
  // JSON can escape one, but it has no form in UTF-8: no file would keep it, and nothing that holds it has a hash.
  return { ok: false, issues: [{ path: formatPath(path), message: "holds half of a surrogate pair" }] };
}

/** For what holds records that are then parsed one by one: texts are left for those to look at. */
export function parseEnvelope<Value>(schema: z.ZodMiniType<Value>, value: unknown): ParsedRecord<Value> {
  const result = z.safeParse(schema, value, { error: describeIssue });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, issues: result.error.issues.flatMap(toRecordIssues) };
}

/** Where the first text or name that is not well-formed stands; undefined where all are. Makes nothing where all are. */
function findHalfPair(value: unknown): PropertyKey[] | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : [];
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = findHalfPair(value[i]);
      if (found) return [i, ...found];
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const found = key.isWellFormed() ? findHalfPair((value as Record<string, unknown>)[key]) : [];
    if (found) return [key, ...found];
  }
  return undefined;
}

function toRecordIssues(issue: z.core.$ZodIssue): RecordIssue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), message: "is not a known field" }));
  }
  return [{ path: formatPath(issue.path), message: issue.message }];
}

function formatPath(path: readonly PropertyKey[]): string {
  const shown = path.slice(0, maxPathParts).map((part, i) => {
    if (typeof part === "number") return `[${part}]`;
    const key = String(part);
    const name = key.length > maxKeyLength ? `${key.slice(0, maxKeyLength)}…` : key;
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `[${JSON.stringify(name)}]`;
    return i === 0 ? name : `.${name}`;
  });
  return shown.join("") + (path.length > maxPathParts ? "…" : "");
}

/** zod's mini build brings no messages; a schema's own `error` goes before these. */
function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `is ${article(typeName(issue.input))}, not ${article(issue.expected)}`;
    case "invalid_value":
      return issue.input === undefined
        ? "is missing"
        : `is not ${list(issue.values.map((value) => JSON.stringify(value)))}`;
    case "too_big":
      return `is ${sizeOf(issue.origin, "more", "longer")} than ${issue.maximum}${unitOf(issue.origin)}`;
    case "too_small":
      if (issue.minimum === 1 && (issue.origin === "string" || issue.origin === "array")) return "is empty";
      return `is ${sizeOf(issue.origin, "less", "shorter")} than ${issue.minimum}${unitOf(issue.origin)}`;
    case "unrecognized_keys":
      return "is not a known field";
    case "invalid_union":
      return describeUnion(issue);
    case "invalid_key":
      return "has a key that is not allowed";
    default:
      return "is not valid";
  }
}

function describeUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (issue.input === undefined) return "is missing";
  if (Array.isArray(issue.options)) {
    return `is not ${list(issue.options.map((option) => JSON.stringify(option)))}`;
  }
  const reasons = issue.errors.map((branch) => branch[0]?.message ?? "is not valid");
  const values = reasons.map((reason) => /^is not (.+)$/u.exec(reason)?.[1]);
  return values.every((value) => value !== undefined) ? `is not ${list(values)}` : [...new Set(reasons)].join(" and ");
}

function sizeOf(origin: string, number: string, text: string): string {
  return origin === "string" || origin === "array" ? text : number;
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " entries" : "";
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number" && !Number.isInteger(value)) return Number.isFinite(value) ? "fraction" : String(value);
  return typeof value;
}

function article(type: string): string {
  if (type === "int") return "a whole number";
  if (type === "null" || type === "NaN" || type.endsWith("Infinity")) return type;
  return /^[aeiou]/u.test(type) ? `an ${type}` : `a ${type}`;
}

function list(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
