/** What people's ratings of shown predictions come to. */
import type { Example, ShownPrediction } from "../../shared/records/example.ts";
import type { Rating } from "../../shared/records/rating.ts";

/**
 * The shown prediction that was rated so most recently. A reviewer's newer rating stands for their older ones; one on
 * which reviewers disagree is neither good nor bad.
 */
export function newestVerdict(example: Example, verdict: Rating["verdict"]): ShownPrediction | null {
  const rated = (example.shown ?? []).flatMap((shown) => {
    const standing = standingRatings(shown);
    const newest = standing.at(-1);
    return newest && standing.every((rating) => rating.verdict === verdict) ? [{ shown, newest }] : [];
  });
  return rated.toSorted((a, b) => byAge(a.newest, b.newest)).at(-1)?.shown ?? null;
}

/** Oldest first. */
function standingRatings(shown: ShownPrediction): Rating[] {
  const byReviewer = new Map<string, Rating>();
  for (const rating of shown.ratings.toSorted(byAge)) byReviewer.set(rating.reviewer, rating);
  return [...byReviewer.values()].toSorted(byAge);
}

/** Ids are UUIDv7, so that they order what was said in the same millisecond. */
export function byAge(a: Rating, b: Rating): number {
  return compare(a.at, b.at) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
