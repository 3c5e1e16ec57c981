/** Whose a line of JSONL is, and what becomes of it when somebody's data are deleted. */
import type { Example } from "../../shared/records/example.ts";
import { isUsed } from "./owners.ts";
import type { Coverage } from "./tombstones.ts";

/** Whose lines go. */
export interface ErasedData extends Coverage {
  readonly contributor: string;
  /** Ids of examples that are theirs. */
  readonly examples: { has(id: string): boolean; add(id: string): boolean };
}

export type Verdict =
  | { readonly kind: "keep"; readonly example: Partial<Example> | undefined }
  | { readonly kind: "remove"; readonly id: string | undefined }
  /** Somebody else's, in which they had said something. */
  | { readonly kind: "change"; readonly example: Partial<Example>; readonly ratings: number };

const exampleIdForm = /^[0-9a-f]{64}$/u;
/** A pseudonym shorter than that could stand in somebody's code by chance. */
const minNameLength = 8;
const contributorField = /"contributor"\s*:\s*"(?<name>[^"\\]+)"/gu;

/**
 * @param rejected whether it is the copy of a line that was no example. Such a line may not say any more whose it is; it
 *   goes unless it says that it is somebody else's.
 */
export function judgeLine(bytes: Buffer, erased: ErasedData, rejected: boolean): Verdict {
  const text = bytes.toString("utf8");
  const example = parse(text);
  if (example === undefined) return judgeText(text, erased, rejected);
  const { source } = example;
  const id = typeof example.id === "string" && exampleIdForm.test(example.id) ? example.id : undefined;
  const remove: Verdict = { kind: "remove", id };
  if (id !== undefined && erased.examples.has(id)) return remove;
  const contributor = typeof source?.contributor === "string" ? source.contributor : undefined;
  if (contributor !== undefined && erased.covers({ contributor, at: timeOf(source?.at) })) return remove;
  if (parentsOf(source).some((parent) => erased.examples.has(parent))) return remove;
  if (contributor === undefined && rejected) return { kind: "remove", id: undefined };
  return judgeRatings(example, erased) ?? { kind: "keep", example };
}

function judgeText(text: string, { contributor, examples }: ErasedData, rejected: boolean): Verdict {
  const named = [...text.matchAll(contributorField)].map(({ groups }) => groups?.["name"]);
  const mentions = contributor.length >= minNameLength && text.includes(contributor);
  const known = [...text.matchAll(/\b[0-9a-f]{64}\b/gu)].some(([id]) => examples.has(id));
  const theirs = named.includes(contributor) || mentions || known;
  if (theirs || (rejected && named.length === 0)) return { kind: "remove", id: undefined };
  return { kind: "keep", example: undefined };
}

/** Takes their ratings out of somebody else's example; undefined where there are none. */
function judgeRatings(example: Partial<Example>, erased: ErasedData): Verdict | undefined {
  if (!Array.isArray(example.shown)) return undefined;
  let ratings = 0;
  let used = false;
  const shown = example.shown.map((prediction) => {
    if (!Array.isArray(prediction?.ratings)) return prediction;
    const left = prediction.ratings.filter((rating) => {
      if (!erased.covers({ contributor: rating.reviewer, at: timeOf(rating.at) })) return true;
      ratings += 1;
      used ||= isUsed(rating, example as Example);
      return false;
    });
    return { ...prediction, ratings: left };
  });
  if (used) return { kind: "remove", id: undefined };
  return ratings === 0 ? undefined : { kind: "change", example: { ...example, shown }, ratings };
}

function parentsOf(source: Partial<Example>["source"]): string[] {
  if (source?.kind !== "derived" || !Array.isArray(source.parents)) return [];
  return source.parents.filter((parent) => exampleIdForm.test(parent));
}

function timeOf(at: unknown): string | undefined {
  return typeof at === "string" ? at : undefined;
}

function parse(text: string): Partial<Example> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Partial<Example>)
      : undefined;
  } catch {
    return undefined;
  }
}
