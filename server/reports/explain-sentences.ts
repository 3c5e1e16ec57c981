/** What a page about one example says in whole sentences. */
import type { DistinctSample, Example } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { assertNever } from "../errors.ts";
import { formatCount, plural } from "./terminal.ts";

/** Characters of a hash that a person reads. */
const shortHash = 12;

/** Where it comes from. */
export function sourceSentence({ source }: Example): string {
  const at = source.at === undefined ? "" : `, ${source.at}`;
  switch (source.kind) {
    case "capture":
      return `captured by ${pseudonym(source.contributor)} in ${source.repo ?? "a folder without a repository"}${at}`;
    case "git":
      return `commit ${source.commit.slice(0, shortHash)} of ${source.repo} by ${pseudonym(source.contributor)}${at}: hunk ${source.hunk + 1} of ${source.path}, after ${plural(source.k, "applied hunk")}`;
    case "file":
      return `${source.name} of ${source.source}${at}`;
    case "derived":
      return `made by ${source.stage} from ${source.parents.map((id) => id.slice(0, shortHash)).join(", ")}`;
    default:
      return assertNever(source);
  }
}

/** Of a commit's author it is a hash, which nobody reads to its end. */
function pseudonym(contributor: string): string {
  return /^[0-9a-f]{32,}$/u.test(contributor) ? `contributor ${contributor.slice(0, shortHash)}` : contributor;
}

/** Who answered and what it took; an answer that took no token says nothing of them. */
export function answerSentence({ model, promptVersion, usage, confidence }: Prediction): string {
  const tokens = `${formatCount(usage.inputTokens)} tokens in, ${formatCount(usage.outputTokens)} out`;
  return [
    model,
    `prompt ${promptVersion}`,
    ...(usage.inputTokens + usage.outputTokens > 0 ? [tokens] : []),
    ...(confidence === undefined ? [] : [`confidence ${confidence.toFixed(2)}`]),
  ].join(", ");
}

/** How often a sample was given and how far it is, once `settle` has measured it. */
export function sampleSentence({ count, distance, relative }: DistinctSample): string {
  const share = typeof relative === "number" ? ` (${relative.toFixed(2)} of no edit's)` : "";
  return [plural(count, "time"), ...(distance === undefined ? [] : [`distance ${formatCount(distance)}${share}`])].join(
    ", ",
  );
}

/** Why `settle` placed the example where it did. */
export function bandSentence({ selection, settlement }: Example): string {
  if (!selection) return "";
  const { band, relative, hitRate } = selection;
  const facts = [
    ...(settlement?.unchanged ? ["nothing changed"] : []),
    ...(relative === null ? [] : [`the closest sample is at ${relative.toFixed(2)} of no edit's distance`]),
    ...(hitRate === null ? [] : [`${Math.round(100 * hitRate)}% of the samples are exact`]),
  ];
  const meaning = {
    trivial: "what everybody can guess teaches nothing",
    learnable: settlement?.unchanged
      ? "to leave it so is what there is to learn"
      : "within reach, so worth training on",
    noise: "nobody could have known",
  }[band];
  return facts.length === 0 ? meaning : `${facts.join(", ")}: ${meaning}`;
}
