/** What an export format is: a pure function from an example to a row, and the row's schema for whoever reads it. */
import type * as z from "zod/mini";
import type { Example, Expected } from "../../shared/records/example.ts";
import type { ContextOptions } from "../prompts/context-options.ts";
import type { StudentFormat } from "../prompts/prompt-format.ts";

/** An example that can be exported. */
export type TargetedExample = Example & { readonly expected: Expected };

export interface RowOptions {
  readonly student: StudentFormat;
  readonly context: ContextOptions;
  /** System prompt of `messages`; none where undefined. */
  readonly system: string | undefined;
}

export interface RowFormat<Row> {
  readonly name: string;
  /** The texts of a row's longest training sequence, for which the token limit holds; none of a row that trains nothing. */
  sequence(row: Row): readonly string[];
  readonly schema: z.ZodMiniType<Row>;
  /** Undefined where the example has nothing to say in this format. */
  row(example: TargetedExample, options: RowOptions): Row | undefined;
}

export function defineRowFormat<Row>(format: RowFormat<Row>): RowFormat<Row> {
  return format;
}
