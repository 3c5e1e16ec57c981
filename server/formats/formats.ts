/** The export formats by name, as `--format` names them. */
import type * as z from "zod/mini";
import { examplesFormat } from "./examples.ts";
import { messagesFormat } from "./messages.ts";
import { preferenceFormat } from "./preference.ts";
import { promptCompletionFormat } from "./prompt-completion.ts";
import type { RowFormat, RowOptions, TargetedExample } from "./row-format.ts";

export const ROW_FORMAT_NAMES = ["prompt-completion", "messages", "preference", "examples"] as const;
export type RowFormatName = (typeof ROW_FORMAT_NAMES)[number];

/** A row of a format, made and measured, as the format's own type is known to nobody else. */
export interface MadeRow {
  readonly line: string;
  readonly sequence: readonly string[];
  /** Lengths of the two sides of a preference, in characters. */
  readonly preference?: { readonly chosen: number; readonly rejected: number };
}

const MAKERS: Readonly<Record<RowFormatName, (example: TargetedExample, options: RowOptions) => MadeRow | undefined>> =
  {
    "prompt-completion": maker(promptCompletionFormat),
    messages: maker(messagesFormat),
    preference: maker(preferenceFormat, ({ chosen, rejected }) => ({
      preference: { chosen: chosen.length, rejected: rejected.length },
    })),
    examples: maker(examplesFormat),
  };

const SCHEMAS: Readonly<Record<RowFormatName, z.ZodMiniType>> = {
  "prompt-completion": promptCompletionFormat.schema,
  messages: messagesFormat.schema,
  preference: preferenceFormat.schema,
  examples: examplesFormat.schema,
};

/** The example's row as a line of JSON; undefined where it has none in this format. */
export function makeRow(name: RowFormatName, example: TargetedExample, options: RowOptions): MadeRow | undefined {
  return MAKERS[name](example, options);
}

/** What a row of the format looks like. */
export function rowSchema(name: RowFormatName): z.ZodMiniType {
  return SCHEMAS[name];
}

function maker<Row>(format: RowFormat<Row>, measure: (row: Row) => Pick<MadeRow, "preference"> = () => ({})) {
  return (example: TargetedExample, options: RowOptions): MadeRow | undefined => {
    const row = format.row(example, options);
    if (row === undefined) return undefined;
    return { line: JSON.stringify(row), sequence: format.sequence(row), ...measure(row) };
  };
}
