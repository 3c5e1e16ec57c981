/** `stillpoint export`: examples with targets become a dataset version. */
import { hostname } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { ExportResult } from "../datasets/export.ts";
import { DEFAULT_MAX_TOKENS, exportDataset } from "../datasets/export.ts";
import { funnelFacts, splitFacts } from "../datasets/facts.ts";
import { EXIT } from "../errors.ts";
import type { RowFormatName } from "../formats/formats.ts";
import { ROW_FORMAT_NAMES } from "../formats/formats.ts";
import { MAX_LENGTH_RATIO } from "../formats/preference.ts";
import { DEFAULT_CONTEXT } from "../prompts/context-options.ts";
import type { StudentFormatName } from "../prompts/formats.ts";
import { DEFAULT_STUDENT_FORMAT, STUDENT_FORMAT_NAMES } from "../prompts/formats.ts";
import { formatCount } from "../reports/terminal.ts";
import { scoped } from "../scope.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { openNamed } from "./read-examples.ts";
import { parsePositive } from "./stage-flags.ts";

interface ExportArguments {
  readonly input?: string;
  readonly dataset: string;
  readonly format?: readonly RowFormatName[];
  readonly studentFormat: StudentFormatName;
  readonly maxTokens: number;
  readonly dropLong: boolean;
  readonly system?: string;
  readonly strict: boolean;
}

const help = `
Writes DATA/datasets/NAME/vN: data/{train,eval,test}.jsonl, manifest.json,
README.md (a dataset card) and run.json. The first --format goes to data/,
further ones to data/FORMAT/.

A version is written whole or not at all, and never changed. An export that is
equal to the newest version writes nothing and names that one. Examples that
were dropped or have no target are left out and counted. Nothing is written
where an example holds what looks like a secret, contradicts itself or is over
the token limit (an estimate: the bytes of prompt and answer over three), or
where a split group is on two sides.

Examples:
  $ stillpoint export -i expected.jsonl --dataset team
  $ stillpoint export -i expected.jsonl --dataset team \\
      --format messages --format preference`;

export function exportCommand(cli: CliContext): Command {
  return new Command("export")
    .description("Writes examples with targets as a dataset version.")
    .option("-i, --input <file>", "examples to read (default: standard input)")
    .requiredOption("--dataset <name>", "name of the dataset")
    .addOption(
      new Option("--format <format>", "what rows look like; repeatable (default: prompt-completion)")
        .choices(ROW_FORMAT_NAMES)
        .argParser(addFormat),
    )
    .addOption(
      new Option("--student-format <format>", "how prompts and answers are written")
        .choices(STUDENT_FORMAT_NAMES)
        .default(DEFAULT_STUDENT_FORMAT),
    )
    .option("--max-tokens <n>", "estimated tokens that prompt and answer may have", parsePositive, DEFAULT_MAX_TOKENS)
    .option("--drop-long", "leave out examples over the limit instead of refusing", false)
    .option("--system <text>", "system prompt of --format messages")
    .option("--strict", "stop at the first bad line", false)
    .addHelpText("after", help)
    .action((given: ExportArguments) => runExport(cli, given));
}

function addFormat(value: string, before: readonly RowFormatName[] | undefined): RowFormatName[] {
  const format = ROW_FORMAT_NAMES.find((name) => name === value);
  if (format === undefined) throw new InvalidArgumentError(`Allowed choices are ${ROW_FORMAT_NAMES.join(", ")}.`);
  return [...(before ?? []), format];
}

async function runExport(cli: CliContext, given: ExportArguments): Promise<void> {
  const startedAt = new Date();
  const started = performance.now();
  await scoped(async (defer) => {
    const source = await openNamed(cli, "export", given.input ?? "-", given.strict);
    defer(() => source.close());
    const progress = startProgress(cli, "export");
    defer(() => progress.end());
    const result = await exportDataset({
      dataDir: cli.dataDir,
      dataset: given.dataset,
      examples: source,
      formats: given.format ?? ["prompt-completion"],
      student: given.studentFormat,
      context: DEFAULT_CONTEXT,
      system: given.system,
      maxTokens: given.maxTokens,
      dropLong: given.dropLong,
      runRecord: () => ({
        startedAt: startedAt.toISOString(),
        tookMs: Math.round(performance.now() - started),
        host: hostname(),
        platform: process.platform,
        node: process.version,
        stillpoint: packageJson.version,
      }),
      signal: cli.signal,
      onExample: (read) => progress.update(read, source.progress),
    });
    progress.end();
    report(cli, given.dataset, result);
    if (source.rejected > 0) cli.exitWith(EXIT.rejectedLines);
  });
}

/** What was written, and what the person should know before they train on it. */
function report(cli: CliContext, dataset: string, { version, written, tally, preference }: ExportResult): void {
  const place = join(cli.dataDirShown, "datasets", dataset, version);
  const equal = written ? "" : ": equal to what this export would write, so nothing was written";
  cli.print(`${cli.style("bold", `${dataset}/${version}`)}${equal}`);
  cli.print(`  ${splitFacts(tally.counts)}, of ${formatCount(tally.counts.read)} read`);
  const lost = funnelFacts(tally.funnel);
  if (lost.length > 0) cli.print(`  left out: ${lost.join(" · ")}`);
  if (preference !== undefined) {
    const [chosen, rejected] = [preference.meanChosen, preference.meanRejected].map((mean) => mean.toFixed(0));
    cli.print(
      `  preference: ${preference.rows} rows, mean length ${chosen} chosen and ${rejected} rejected characters`,
    );
    if (preference.ratio > MAX_LENGTH_RATIO) {
      cli.warn(
        `the mean lengths of chosen and rejected answers differ by a factor of ${preference.ratio.toFixed(2)}, more than ` +
          `${MAX_LENGTH_RATIO}: preference training may learn the length instead of the difference.`,
      );
    }
  }
  if (tally.redaction.unredactedExamples > 0) {
    cli.warn(
      `${tally.redaction.unredactedExamples} of the exported examples never went through stillpoint redact; they were ` +
        "only scanned for secrets.",
    );
  }
  cli.print(`  ${place}`);
}
