/** Reads an answer that should be one JSON object: strict about what it says, lenient about what stands around it. */
import type * as z from "zod/mini";
import { onlyFencedBlock } from "./fences.ts";

/**
 * What the answer says, by `schema`; undefined where it does not. Vendors hold a model to the shape and give the object
 * alone; servers that ignore the shape put it into a fence or behind a sentence, as models like to.
 */
export function readJson<Value>(answer: string, schema: z.ZodMiniType<Value>): Value | undefined {
  const text = answer.trim();
  const inside = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  for (const candidate of [text, onlyFencedBlock(text), inside]) {
    const parsed = candidate === undefined ? undefined : parsedJson(candidate);
    if (parsed === undefined) continue;
    const result = schema.safeParse(parsed);
    return result.success ? result.data : undefined;
  }
  return undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
