/** Whose an example is: the person whose editing it shows, and those whose words are in it. */
import type { Example } from "../../shared/records/example.ts";
import type { Rating } from "../../shared/records/rating.ts";

export interface Owner {
  /** A pseudonym. */
  readonly contributor: string;
  /** RFC 3339, UTC, milliseconds: when what is theirs came about; undefined where that is not known. */
  readonly at?: string | undefined;
  /** The example is not theirs: what they said about it is. */
  readonly reviewer?: true | undefined;
}

/** @param whole whether the example is shown with everything that its stages wrote, comments of reviewers included */
export function ownersOf(example: Example, whole: boolean): Owner[] {
  const { contributor, at } = example.source;
  const owners: Owner[] = contributor === undefined ? [] : [{ contributor, ...(at !== undefined && { at }) }];
  for (const rating of ratingsIn(example)) {
    if (!whole && !isUsed(rating, example)) continue;
    owners.push({ contributor: rating.reviewer, at: rating.at, reviewer: true });
  }
  return owners;
}

export function ratingsIn(example: Pick<Example, "shown">): Rating[] {
  return (example.shown ?? []).flatMap(({ ratings }) => ratings);
}

/** Whether what the reviewer wrote is the text to aim for, or to avoid. */
export function isUsed({ expectedText }: Rating, { expected, rejected }: Example): boolean {
  return expectedText !== undefined && (expectedText === expected?.text || expectedText === rejected?.text);
}
