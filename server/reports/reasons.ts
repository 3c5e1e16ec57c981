/** What the codes mean by which an example, a commit or a file is left out: for the legend below the counts. */
import { wrap } from "./terminal.ts";

const meanings: Readonly<Record<string, string>> = {
  // An example, by its stage.
  secretPath: "a file of secrets, by its path",
  tooLong: "with placeholders for its secrets the region is too long",
  tooManySecrets: "more secrets than can be found for certain",
  failedTwice: "the answer was wrong, and so was the one asked for instead",
  noSettlement: "nobody knows what the person did next",
  noSamples: "the student gave no answer to measure",
  noise: "every answer of the student is far from what the person did: nobody could have known",
  trivial: "the student guesses it nearly always: it teaches nothing",
  marker: "the target holds text that a prompt uses as a marker",
  noTarget: "nothing to train on: no answer, and nothing that the person did",
  unrelated: "the history jumps between files that have nothing to do with each other",
  big: "the history holds too many edits to show one intent",
  deletes: "the target deletes much more than it writes",
  repetition: "the target repeats one line",
  incomplete: "the target leaves something out",
  refusal: "the model refused while it answered",
  length: "the target is longer or shorter than is wanted",
  // A commit or a patch.
  root: "a first commit, whose files were somewhere else before",
  diffTooLarge: "the diff is too large to read",
  noTime: "it bears no date that can be read",
  tooFewLines: "fewer than 2 lines of code changed",
  tooManyLines: "more than 1,000 lines of code changed",
  nothingBefore: "no edit stands before the last one, so nothing shows what is coming",
  historyTooLong: "the edits before it are too long for a history",
  noChange: "the place looked at stays as it is",
  lineTooLong: "the line under the cursor is too long for a region",
  straddled: "a later edit crosses the region's edge",
  outsideRegion: "no region around a cursor holds the whole edit",
  settledTooLong: "the region outgrows its limit",
  samePatch: "the same change was imported before",
  preimageMissing: "what the patch was made on is not to be found",
  doesNotApply: "the patch does not apply exactly",
  encoded: "an attachment, or encoded for transport",
  malformed: "no patch as git writes it",
  // A file of a commit.
  notAFile: "a link or a submodule",
  modeOnly: "only its permissions changed",
  path: "its name cannot stand in an example",
  vendored: "in a folder of other people's code",
  generated: "written by a program",
  language: "in no language that is known, or none that is wanted",
  notUtf8: "not in UTF-8",
  tooLarge: "too large to be read",
  minified: "minified: its lines are too long for a person's",
  loneCarriageReturn: "its line ends are a carriage return alone",
  missing: "its text is not in the repository",
  lineEndsOnly: "only its line ends changed",
};

/** A line for each code that does not speak for itself, wrapped to `width`. */
export function legend(codes: readonly string[], width: number): string[] {
  return [...new Set(codes)].flatMap((code) => {
    if (!Object.hasOwn(meanings, code)) return [];
    const [first = "", ...rest] = wrap(`${code}: ${meanings[code]}`, width - 2);
    return [first, ...rest.map((line) => `  ${line}`)];
  });
}
