/**
 * Holds examples against git itself, in other terms than the importer's: lines instead of offsets, git's own numbers
 * of lines, and the patch reader of the `diff` package.
 */
import { createHash } from "node:crypto";
import { applyPatch } from "diff";
import type { Example } from "../../../shared/records/example.ts";
import { runGit } from "../../makers/git-history.ts";

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: readonly string[];
  readonly newLines: readonly string[];
}

export interface Checker {
  /** What is wrong with the example; nothing is. */
  faults(example: Example): string[];
}

export async function checkerFor(repository: string, examples: readonly Example[]): Promise<Checker> {
  const wanted = examples.flatMap(({ source }) =>
    source.kind === "git" ? [`${source.revision}:${source.path}`, `${source.commit}:${source.path}`] : [],
  );
  const texts = await readTexts(repository, [...new Set(wanted)]);
  const diffs = await readDiffs(repository);
  return { faults: (example) => faultsOf(example, texts, diffs) };
}

function faultsOf(
  { source, snapshot, settlement }: Example,
  texts: ReadonlyMap<string, string>,
  diffs: ReadonlyMap<string, readonly Hunk[]>,
): string[] {
  if (source.kind !== "git" || !settlement) return ["not an example from git with a settlement"];
  const { document, excerpt, editable, cursor, history } = snapshot;
  const faults: string[] = [];
  const parent = texts.get(`${source.revision}:${source.path}`) ?? "";
  const final = texts.get(`${source.commit}:${source.path}`) ?? "";
  if (source.path !== document.path) faults.push("the source is another file");

  // Its history, applied to the parent's file, gives the text with document.sha256.
  let text = parent;
  for (const entry of history) {
    if (entry.path !== document.path) continue;
    const applied = entry.diff === undefined ? false : applyPatch(text, entry.diff, { fuzzFactor: 0 });
    if (applied === false) return [...faults, "a history entry of the file does not apply"];
    text = applied;
  }
  if (createHash("sha256").update(text).digest("hex") !== document.sha256)
    return [...faults, "another text than sha256 says"];
  const lines = editorLines(text);
  if (lines.length !== document.lineCount) faults.push("lineCount");

  // The excerpt is that text's lines, the region whole lines of it, and the cursor in the region.
  const excerptAt = lines.slice(0, excerpt.startLine).join("").length;
  if (text.slice(excerptAt, excerptAt + excerpt.text.length) !== excerpt.text)
    faults.push("the excerpt is not in the text");
  const [start, end] = [excerptAt + editable.start, excerptAt + editable.end];
  if (start > 0 && text[start - 1] !== "\n") faults.push("the region begins inside a line");
  if (end < text.length && text[end - 1] !== "\n") faults.push("the region ends inside a line");
  if (cursor < editable.start || cursor > editable.end) faults.push("the cursor is outside the region");

  // The settlement is the commit's text of that region: unchanged lines and hunks, laid out by git's own line numbers.
  const hunks = diffs.get(`${source.commit}:${source.path}`) ?? [];
  const firstLine = text.slice(0, start).split("\n").length - 1;
  const endLine = end === text.length ? Number.POSITIVE_INFINITY : text.slice(0, end).split("\n").length - 1;
  const expected = settledRegion(diffLines(parent), diffLines(text), hunks, source.hunk, firstLine, endLine);
  if (expected === null) faults.push("a hunk straddles the region's edge");
  else if (expected.text !== settlement.text) faults.push("the settlement is not the commit's text of the region");
  else if (!settlement.unchanged && !expected.holdsTarget) faults.push("the target is not in the region");
  else if (expected.hunks !== settlement.edits) faults.push("edits is not the number of hunks in the region");
  const before = text.slice(start, end);
  if (settlement.unchanged !== (settlement.text === before)) faults.push("unchanged is wrong");
  if (!final.includes(settlement.text)) faults.push("the settlement is not in the commit's file");
  return faults;
}

/** A run of lines that were one thing in the captured text, and are one in the commit's. */
interface Run {
  readonly captured: number;
  readonly settled: readonly string[];
  readonly hunk: "none" | "applied" | "target" | "later";
}

function settledRegion(
  parent: readonly string[],
  capturedText: readonly string[],
  hunks: readonly Hunk[],
  target: number,
  firstLine: number,
  endLine: number,
): { text: string; holdsTarget: boolean; hunks: number } | null {
  const runs: Run[] = [];
  let at = 0;
  for (const [i, { oldStart, oldLines, newLines }] of hunks.entries()) {
    for (; at < oldStart; at++) runs.push({ captured: 1, settled: [parent[at] ?? ""], hunk: "none" });
    if (i < target) for (const line of newLines) runs.push({ captured: 1, settled: [line], hunk: "applied" });
    else runs.push({ captured: oldLines.length, settled: newLines, hunk: i === target ? "target" : "later" });
    at += oldLines.length;
  }
  for (; at < parent.length; at++) runs.push({ captured: 1, settled: [parent[at] ?? ""], hunk: "none" });
  const laidOut = withTypedLines(runs, capturedText);
  const settled: string[] = [];
  let line = 0;
  let holdsTarget = false;
  let inRegion = 0;
  for (const run of laidOut) {
    const [from, to] = [line, line + run.captured];
    line = to;
    const inside = from >= firstLine && to <= endLine && (run.captured === 0 || from < endLine);
    const outside = to <= firstLine || from >= endLine;
    if (inside) {
      settled.push(...run.settled);
      holdsTarget ||= run.hunk === "target";
      if (run.hunk === "target" || run.hunk === "later") inRegion++;
    } else if (!outside) return null;
  }
  return { text: settled.join(""), holdsTarget, hunks: inRegion };
}

/**
 * A target that is half typed has some other number of lines in the captured text: whatever is left of it. Those that
 * stand there as they will stay are done; the rest is the target.
 */
function withTypedLines(runs: readonly Run[], capturedText: readonly string[]): Run[] {
  const others = runs.reduce((sum, run) => sum + (run.hunk === "target" ? 0 : run.captured), 0);
  const laidOut: Run[] = [];
  let line = 0;
  for (const run of runs) {
    if (run.hunk !== "target") laidOut.push(run);
    else {
      const captured = capturedText.slice(line, line + capturedText.length - others);
      const settled = [...run.settled];
      const below: Run[] = [];
      for (; captured.length > 0 && captured[0] === settled[0]; captured.shift()) {
        laidOut.push({ captured: 1, settled: settled.splice(0, 1), hunk: "applied" });
      }
      for (; captured.length > 0 && captured.at(-1) === settled.at(-1); captured.pop()) {
        below.unshift({ captured: 1, settled: settled.splice(-1), hunk: "applied" });
      }
      laidOut.push({ captured: captured.length, settled, hunk: "target" }, ...below);
      line += capturedText.length - others;
      continue;
    }
    line += run.captured;
  }
  return laidOut;
}

/** As an editor counts them. */
function editorLines(text: string): string[] {
  return text
    .split(/(?<=\n)/u)
    .concat(text === "" || text.endsWith("\n") ? [""] : [])
    .filter((line, i) => i === 0 || line !== "" || text.endsWith("\n"));
}

function diffLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/u);
}

function asInEditor(bytes: Buffer): string {
  return bytes
    .toString("utf8")
    .replace(/^\uFEFF/u, "")
    .replaceAll("\r\n", "\n");
}

/** By `COMMIT:PATH`; what is not there is not in the map. */
async function readTexts(repository: string, names: readonly string[]): Promise<Map<string, string>> {
  const output = await runGit(repository, ["cat-file", "--batch"], `${names.join("\n")}\n`);
  const texts = new Map<string, string>();
  let at = 0;
  for (const name of names) {
    const headerEnd = output.indexOf(10, at);
    const header = output.toString("utf8", at, headerEnd);
    at = headerEnd + 1;
    const size = / blob (?<size>\d+)$/u.exec(header)?.groups?.["size"];
    if (size === undefined) continue;
    texts.set(name, asInEditor(output.subarray(at, at + Number(size))));
    at += Number(size) + 1;
  }
  return texts;
}

/** Every commit's hunks by `COMMIT:PATH`, from git's patches as a person reads them. */
async function readDiffs(repository: string): Promise<Map<string, Hunk[]>> {
  const options = ["-p", "-U0", "--no-merges", "--no-renames", "--diff-algorithm=histogram", "--format=commit %H"];
  const output = await runGit(repository, ["-c", "core.quotePath=false", "log", ...options]);
  const hunks = new Map<string, Hunk[]>();
  let commit = "";
  let path = "";
  let sides: { oldLines: string[]; newLines: string[] } | null = null;
  let last: string[] = [];
  for (const line of output.toString("utf8").split("\n")) {
    if (/^commit [0-9a-f]{40}$/u.test(line)) [commit, sides] = [line.slice("commit ".length), null];
    else if (line.startsWith("diff --git ")) [path, sides] = ["", null];
    else if (!sides && line.startsWith("+++ ")) path = nameOf(line.slice("+++ ".length));
    else if (line.startsWith("@@ ")) {
      const [, start = "0", count = "1"] = /^@@ -(\d+)(?:,(\d+))? /u.exec(line) ?? [];
      sides = { oldLines: [], newLines: [] };
      const list = hunks.get(`${commit}:${path}`) ?? [];
      hunks.set(`${commit}:${path}`, list);
      list.push({ oldStart: count === "0" ? Number(start) : Number(start) - 1, ...sides });
    } else if (sides && line.startsWith("\\")) last.push((last.pop() ?? "").slice(0, -1));
    else if (sides && (line.startsWith("-") || line.startsWith("+"))) {
      last = line.startsWith("-") ? sides.oldLines : sides.newLines;
      last.push(
        `${line
          .slice(1)
          .replace(/^\uFEFF/u, "")
          .replace(/\r$/u, "")}\n`,
      );
    }
  }
  return hunks;
}

function nameOf(header: string): string {
  const name = header.startsWith('"') ? (JSON.parse(header) as string) : header.replace(/\t$/u, "");
  return name.slice("b/".length);
}
