/**
 * The records as JSON Schema (draft 2020-12), for readers and writers in other languages. Each document stands alone:
 * the records that it uses are under its `$defs`.
 */
import * as z from "zod/mini";
import { event } from "./event.ts";
import { example } from "./example.ts";
import { SCHEMA_VERSION } from "./fields.ts";
import { prediction } from "./prediction.ts";
import { rating } from "./rating.ts";
import { scores } from "./scores.ts";
import { settlement } from "./settlement.ts";
import { definition, diagnostic, historyEntry, snapshot } from "./snapshot.ts";

/** The records that have a document of their own, with what each is. */
const records = {
  example: { schema: example, title: "An example: the line that flows through the pipeline" },
  event: { schema: event, title: "An event: what a client sends" },
  snapshot: { schema: snapshot, title: "A snapshot: what the editor knew at a capture point" },
  settlement: { schema: settlement, title: "A settlement: what the person did next" },
  prediction: { schema: prediction, title: "A prediction: what a model answered for one snapshot" },
  scores: { schema: scores, title: "The static figures of one prediction" },
  rating: { schema: rating, title: "A rating: a person's verdict on a prediction" },
} satisfies Record<string, { schema: z.core.$ZodType; title: string }>;

export type RecordName = keyof typeof records;

export const recordNames = Object.keys(records) as readonly RecordName[];

/** What has a name of its own instead of being written out wherever it is used. */
export const namedSchemas: readonly {
  readonly id: string;
  readonly schema: z.core.$ZodType;
  readonly title?: string;
}[] = [
  ...Object.entries(records).map(([id, record]) => ({ id, ...record })),
  ...Object.entries({ historyEntry, diagnostic, definition }).map(([id, schema]) => ({ id, schema })),
];

/** Under `$defs`. */
const named = z.registry<{ id: string; title?: string }>();
for (const { schema, ...name } of namedSchemas) named.add(schema, name);

/** A JSON Schema document, to be written as it is. */
export type JsonSchemaDocument = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of a record. Rules that JSON Schema cannot say (an offset within a text, bytes in UTF-8) stand in the
 * `description` of the object or field that they are about, in the words in which a record that breaks them is refused.
 */
export function recordJsonSchema(name: RecordName): JsonSchemaDocument {
  const {
    $schema,
    id: _id,
    ...body
  } = z.toJSONSchema(records[name].schema, {
    target: "draft-2020-12",
    metadata: named,
    override: describeRules,
  });
  return { $schema, $id: `urn:stillpoint:${name}:${SCHEMA_VERSION}`, ...body };
}

/** An `override` of `toJSONSchema` that says in words what JSON Schema cannot. */
export function describeRules({ zodSchema, jsonSchema }: SchemaAndJson): void {
  delete jsonSchema.id;
  const rules = rulesBeyond(zodSchema);
  if (rules.length > 0) jsonSchema.description = `Beyond this schema, refused as ${rules.join(" or ")}.`;
}

interface SchemaAndJson {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** The refinements of one schema, each as the quoted words of its issue. */
function rulesBeyond(schema: z.core.$ZodTypes): string[] {
  return (schema._zod.def.checks ?? []).flatMap((check) => {
    if (check._zod.def.check !== "custom") return [];
    const { error, path } = check._zod.def as z.core.$ZodCustomDef;
    const issue = error?.({ code: "custom", input: undefined });
    const message = typeof issue === "string" ? issue : issue?.message;
    if (message === undefined) throw new Error("a refinement has no words for what it refuses");
    return `“${path === undefined ? message : `${path.join(".")}: ${message}`}”`;
  });
}
