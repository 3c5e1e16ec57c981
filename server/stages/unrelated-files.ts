/** Which files of an edit history have to do with the one that the cursor is in. */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { isKeyword, isWord, tokenize, wholeOccurrences } from "../models/builtin/tokens.ts";

/** A shorter name of a file stands in any text. */
const minStemChars = 3;
/** A shorter name in code is used for anything. */
const minNameChars = 4;
/** Files that are called after their folder. */
const FOLDER_FILES: ReadonlySet<string> = new Set(["index", "main", "mod", "lib", "__init__"]);

/**
 * How many other files the history touches that nothing ties to the cursor's. What ties one to it: the same name (a test
 * beside its subject), a definition from it, a mention of either's name in the other, a name that was taken away there
 * and still stands here, or one that is new there and in new lines here: the target's, or those of an edit of this file.
 *
 * @param added the target's new lines
 */
export function unrelatedFiles(snapshot: Snapshot, added: readonly string[]): number {
  const { document, history } = snapshot;
  const others = Map.groupBy(
    history.filter(({ path }) => path !== document.path),
    ({ path }) => path,
  );
  const own = history.flatMap(({ path, diff }) => (path === document.path && diff !== undefined ? [diff] : []));
  const fresh = namesIn([...added, ...own.map((diff) => changedLines(diff, "+"))].join("\n"));
  const here = namesIn(snapshot.excerpt.text);
  let unrelated = 0;
  for (const [path, entries] of others) {
    const diffs = entries.flatMap(({ diff }) => diff ?? []);
    if (!(tiedByName(snapshot, path, diffs) || tiedByChange(diffs, here, fresh))) unrelated++;
  }
  return unrelated;
}

function tiedByName({ document, excerpt, definitions }: Snapshot, path: string, diffs: readonly string[]): boolean {
  const own = stemOf(document.path);
  const theirs = stemOf(path);
  if (own === theirs || definitions.some((definition) => definition.path === path)) return true;
  return mentions(excerpt.text, theirs) || diffs.some((diff) => mentions(diff, own));
}

function mentions(text: string, stem: string): boolean {
  return stem.length >= minStemChars && wholeOccurrences(text, stem).length > 0;
}

function tiedByChange(diffs: readonly string[], here: ReadonlySet<string>, newHere: ReadonlySet<string>): boolean {
  return diffs.some((diff) => {
    const removed = namesIn(changedLines(diff, "-"));
    const added = namesIn(changedLines(diff, "+"));
    const isGone = (name: string) => !added.has(name) && here.has(name);
    const isUsed = (name: string) => !removed.has(name) && newHere.has(name);
    return [...removed].some(isGone) || [...added].some(isUsed);
  });
}

/** Those of one side, headers left out. */
function changedLines(diff: string, sign: "-" | "+"): string {
  const lines = diff.slice(diff.search(/^@@/mu)).split("\n");
  return lines.filter((line) => line.startsWith(sign)).join("\n");
}

function namesIn(text: string): Set<string> {
  const words = tokenize(text).filter((word) => isWord(word) && word.length >= minNameChars);
  return new Set(words.filter((word) => !isKeyword(word)));
}

/** A file's name without extensions and without what marks a test; its folder's where it is called after that. */
function stemOf(path: string): string {
  const [file = "", folder = ""] = path.split("/").reverse();
  // A name that begins with a dot is whole.
  const base = file.replace(/(?<=.)\..*$/u, "");
  const stem = base.replace(/^test_|[_-](?:test|spec)s?$/iu, "");
  return FOLDER_FILES.has(stem) && folder !== "" ? folder : stem;
}
