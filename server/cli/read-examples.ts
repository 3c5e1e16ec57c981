/** The examples that a reading command was pointed at: a file, a pipe, or what the newest run left. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ensureDataDir } from "../data-dir.ts";
import { ConfigurationError, EXIT } from "../errors.ts";
import { isSystemError, readFault } from "../jsonl/faults.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import { openExamples } from "../jsonl/read.ts";
import { RejectedLines } from "../jsonl/rejected.ts";
import { readRunManifest } from "../runs/run-manifest.ts";
import type { CliContext } from "./context.ts";

/**
 * Opens `file`; `-` is standard input. With none: standard input where it holds anything, else (a terminal, a script
 * without input) the last stage's output of the newest run in DATA.
 * @throws ConfigurationError where there is nothing to read
 */
export async function readExamples(cli: CliContext, command: string, file: string | undefined): Promise<ExampleSource> {
  if (file !== undefined) return openNamed(cli, command, file);
  const piped = cli.stdinIsTerminal ? undefined : await unlessEmpty(cli.stdin);
  if (piped === undefined) return openNamed(cli, command, await newestRunFile(cli));
  return openNamed(cli, command, "-", false, piped);
}

/** The same bytes; undefined where the stream ends without one, as /dev/null does. */
async function unlessEmpty(stream: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array> | undefined> {
  const chunks = stream[Symbol.asyncIterator]();
  let next: IteratorResult<Uint8Array>;
  try {
    do next = await chunks.next();
    while (!next.done && next.value.length === 0);
  } catch (error) {
    throw readFault(error, "standard input");
  }
  if (next.done) return undefined;
  return (async function* () {
    try {
      for (; !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  })();
}

/** Opens a file or, as `-`, standard input. Bad lines are copied to `DATA/rejected/COMMAND.jsonl`, unless `strict`. */
export async function openNamed(
  cli: CliContext,
  command: string,
  chosen: string,
  strict = false,
  stdin: AsyncIterable<Uint8Array> = cli.stdin,
): Promise<ExampleSource> {
  const fromPipe = chosen === "-" || chosen === "/dev/stdin";
  if (fromPipe && cli.stdinIsTerminal) cli.note("reading examples from the terminal; -i FILE reads a file");
  const name = fromPipe ? "standard input" : chosen;
  const copies = join(cli.dataDirShown, "rejected", `${command}.jsonl`);
  const prepare = () => ensureDataDir(cli.dataDir);
  return openExamples({
    from: fromPipe ? { stream: stdin } : { path: cli.path(chosen) },
    name,
    rejected: new RejectedLines(name, { path: cli.path(copies), shown: copies, prepare }, (told) => cli.warn(told)),
    strict,
    signal: cli.signal,
  });
}

/** What a reading command says at its end of lines that it could not read. */
export function endReading(cli: CliContext, source: ExampleSource): void {
  if (source.read === 0 && source.rejected === 0) cli.warn(`${source.name} holds no examples.`);
  if (source.rejected > 0) cli.exitWith(EXIT.rejectedLines);
}

async function newestRunFile(cli: CliContext): Promise<string> {
  let newest: { readonly file: string; readonly at: number } | undefined;
  for (const run of await foldersOf(join(cli.dataDir, "runs"))) {
    const manifest = join(cli.dataDir, "runs", run, "manifest.json");
    const last = readRunManifest(manifest)?.stages.at(-1);
    if (last === undefined) continue;
    const at = (await stat(manifest)).mtimeMs;
    if (newest === undefined || at > newest.at) newest = { file: join(cli.dataDirShown, "runs", run, last.file), at };
  }
  if (newest === undefined) {
    throw new ConfigurationError(`name a file of examples: there is no run in ${cli.dataDirShown} to look at.`);
  }
  cli.note(`reading ${newest.file}`);
  return newest.file;
}

async function foldersOf(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}
