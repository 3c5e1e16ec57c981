/** `stillpoint pull`: what the companion server has stored, as examples. */
import { join } from "node:path";
import { Command } from "commander";
import { ConfigurationError } from "../errors.ts";
import type { LineOutput } from "../jsonl/line-output.ts";
import { acquireLock } from "../jsonl/lock.ts";
import type { OutputTarget } from "../jsonl/write.ts";
import { openOutput, outputTarget, streamOutput } from "../jsonl/write.ts";
import { formatCount } from "../reports/terminal.ts";
import { scoped } from "../scope.ts";
import type { PullMade, PullRange } from "../stages/pull.ts";
import { pullChoice, pullIdentity, pullOptions, writePull } from "../stages/pull.ts";
import type { ConsumerPosition } from "../stages/pull-position.ts";
import { openPosition, positionName } from "../stages/pull-position.ts";
import type { PullChoice } from "../store/families/pull.ts";
import type { Store } from "../store/store.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { addStageFlags, parsePositive, stageOptions } from "./stage-flags.ts";
import { openCliStore } from "./store.ts";

/** Of `--resume` without a name. */
const defaultPosition = "pull";

interface PullArguments extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly resume?: string | true;
  readonly max?: number;
}

const help = `
Settled snapshots come in the order in which the server stored them, one example
a line. A server may run on the same data folder meanwhile.

  --since and --until take what settled in a time, by the editor's clock, from
  the first on and before the second: a backfill.
  --resume takes what was stored after the last time, under a name for each who
  pulls: nothing twice, and nothing left out that came late. Its position moves
  when FILE is whole and in its place. Run again after it was stopped, the same
  command ends in that file.

Examples:
  $ stillpoint pull -o captured.jsonl
  $ stillpoint pull --repo 'github.com/acme/*' --since 2026-01-01 |
      stillpoint redact -o examples.jsonl
  $ stillpoint pull --resume nightly -o new.jsonl`;

export function pullCommand(cli: CliContext): Command {
  const command = new Command("pull")
    .description("Takes settled snapshots from the server's store as examples.")
    .option("-o, --output <file>", "where to write them (default: standard output)")
    .option("--resume [name]", `only what was stored since the last time (default name: ${defaultPosition})`)
    .option("--max <n>", "take at most n examples", parsePositive)
    .addHelpText("after", help);
  addStageFlags(command, { name: "pull", options: pullOptions });
  return command.action(async (given: PullArguments) => runPull(cli, given));
}

async function runPull(cli: CliContext, given: PullArguments): Promise<void> {
  const choice = pullChoice(stageOptions({ name: "pull", options: pullOptions }, given));
  if (given.resume !== undefined) {
    await pullOn(cli, given, choice, given.resume === true ? defaultPosition : given.resume);
    return;
  }
  await scoped(async (defer) => {
    const store = await openCliStore(cli, { readOnly: true });
    defer(() => store.close());
    const range = { choice, after: 0, upTo: await store.events.lastPosition(), max: given.max };
    const file = given.output === "-" || given.output === "/dev/stdout" ? undefined : given.output;
    const output =
      file === undefined
        ? streamOutput(cli.stdout, "standard output")
        : await openFile(await outputTarget(cli.path(file), file), file, range, defer);
    defer(() => output.close());
    await write(cli, { store, range, output });
  });
}

async function pullOn(cli: CliContext, given: PullArguments, choice: PullChoice, name: string): Promise<void> {
  if (!positionName.test(name)) {
    throw new ConfigurationError(`--resume: "${name}" is no name; a-z, 0-9, . _ - only.`);
  }
  if (choice.since !== undefined || choice.until !== undefined) {
    throw new ConfigurationError("--since and --until take a time again and move no position: leave out --resume.");
  }
  const shown = given.output ?? "-";
  const target = shown === "-" ? undefined : await outputTarget(cli.path(shown), shown);
  if (target?.kind !== "file") {
    throw new ConfigurationError("--resume needs -o FILE: its position moves when that file is in its place.");
  }
  await scoped(async (defer) => {
    const store = await openCliStore(cli, { mustExist: true });
    defer(() => store.close());
    defer(await acquireLock(join(cli.dataDir, `pull-${name}.lock`), `the position ${name}`));
    const position = await openPosition({ store, name, choice, now: () => new Date() });
    if (position.completed === target.path) {
      cli.note(
        `pull: ${shown} was whole and in its place when the last pull was stopped; run again for what came since`,
      );
      return;
    }
    const range = { choice, after: position.position, upTo: await store.events.lastPosition(), max: given.max };
    const output = await openFile(target, shown, range, defer);
    defer(() => output.close());
    await write(cli, { store, range, output, position, file: target.path });
  });
}

async function openFile(
  target: OutputTarget,
  shown: string,
  range: PullRange,
  defer: (release: () => Promise<void>) => void,
): Promise<LineOutput> {
  if (target.kind === "file") defer(await acquireLock(`${target.path}.lock`, shown));
  return openOutput(target, shown, pullIdentity(range));
}

interface PullWork {
  readonly store: Store;
  readonly range: PullRange;
  readonly output: LineOutput;
  readonly position?: ConsumerPosition;
  /** Where the output will be, as an absolute path. */
  readonly file?: string;
}

async function write(cli: CliContext, { store, range, output, position, file }: PullWork): Promise<void> {
  const progress = startProgress(cli, "pull");
  try {
    const announce = position && file !== undefined && ((made: PullMade) => position.announce(file, made));
    const { kept, written, reached } = await writePull({
      store,
      range,
      output,
      signal: cli.signal,
      onLine: (lines, share) =>
        progress.update(lines, Math.max(share, lines / (range.max ?? Number.POSITIVE_INFINITY))),
      ...(announce && { beforeCommit: announce }),
    });
    await position?.move(reached);
    progress.end();
    const facts = [`${formatCount(written.lines)} examples`];
    if (range.after > 0) facts.push(`stored after position ${range.after}`);
    facts.push(`up to position ${reached}`);
    if (kept > 0) facts.push(`went on behind ${formatCount(kept)}`);
    cli.note(`pull: ${facts.join(", ")}`);
  } finally {
    progress.end();
  }
}
