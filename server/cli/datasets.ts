/** `stillpoint datasets list|show|verify`: what there is, what is in it, and whether it is what was written. */
import { join } from "node:path";
import { Command } from "commander";
import { funnelFacts, splitFacts, targetFacts } from "../datasets/facts.ts";
import type { ManifestHead } from "../datasets/manifest.ts";
import { MANIFEST_FILE, ManifestFault, readManifestHead } from "../datasets/manifest.ts";
import { verifyVersion } from "../datasets/verify.ts";
import type { FoundVersion } from "../datasets/versions.ts";
import { datasetFolder, findVersion, listDatasets, listVersions } from "../datasets/versions.ts";
import { EXIT, Failure } from "../errors.ts";
import { readFault } from "../jsonl/faults.ts";
import { formatCount, wrap } from "../reports/terminal.ts";
import { stageTable } from "../stages/index.ts";
import { optionFields } from "../stages/option-fields.ts";
import type { CliContext } from "./context.ts";

const GAP = "  ";
/** Of the names before the facts, and the indent of a line that goes on. */
const factColumns = 15;

const versionArgument = "a dataset (its newest version), or one version: NAME/vN";

export function datasetsCommand(cli: CliContext): Command {
  const command = new Command("datasets").description("Shows and verifies the dataset versions in DATA/datasets.");
  command
    .command("list")
    .description("Lists the datasets with their newest version.")
    .action(() => list(cli));
  command
    .command("show")
    .description("Shows what a version holds and how it was made.")
    .argument("<dataset>", versionArgument)
    .action((written: string) => show(cli, written));
  command
    .command("verify")
    .description("Holds every row of a version against its manifest; exit code 1 where anything differs.")
    .argument("<dataset>", versionArgument)
    .action((written: string) => verify(cli, written));
  return command;
}

async function list(cli: CliContext): Promise<void> {
  const names = await listDatasets(cli.dataDir);
  if (names.length === 0)
    cli.note(`${join(cli.dataDirShown, "datasets")} holds no dataset; stillpoint export makes one.`);
  const rows: string[][] = [];
  for (const name of names) rows.push(await listedFacts(cli, name));
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const width = widths.reduce((sum, cells) => sum + cells + GAP.length, -GAP.length);
  for (const row of rows) {
    const [name, facts, formats] = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    const line = `${name}${GAP}${facts}`;
    const wraps = width > cli.columns && formats?.trim() !== "";
    cli.print((wraps ? `${line.trimEnd()}\n${GAP}${formats}` : `${line}${GAP}${formats}`).trimEnd());
  }
}

/** Its newest version, the splits, the formats. One that cannot be read does not keep the others from being listed. */
async function listedFacts(cli: CliContext, name: string): Promise<[string, string, string]> {
  const versions = await listVersions(datasetFolder(cli.dataDir, name));
  const found = await findVersion(cli.dataDir, name);
  const older = versions.length > 1 ? ` (${versions.length} versions)` : "";
  const listed = `${name}/v${found.version}${older}`;
  try {
    const { counts, formats } = await headOf(found);
    return [listed, splitFacts(counts), formats.map((format) => format.name).join(", ")];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    cli.warn(error.message);
    cli.exitWith(EXIT.failed);
    return [listed, "cannot be read", ""];
  }
}

async function show(cli: CliContext, written: string): Promise<void> {
  const found = await findVersion(cli.dataDir, written);
  const head = await headOf(found);
  cli.print(cli.style("bold", `${found.name}/v${found.version}`));
  const facts: [string, string | readonly string[]][] = [
    ["folder", join(cli.dataDirShown, "datasets", found.name, `v${found.version}`)],
    ["examples", `${splitFacts(head.counts)}, of ${formatCount(head.counts.read)} read`],
    ["formats", head.formats.map(({ name, folder }) => `${name} in ${folder}`)],
    ["prompts", `${head.student.version}, at most ${formatCount(head.options.maxTokens)} estimated tokens`],
    ["targets", targetFacts(head.targets)],
    ["left out", funnelFacts(head.funnel)],
    ["languages", countFacts(head.counts.languages)],
    ["licences", countFacts(head.counts.licences)],
    ["redacted", countFacts(head.redaction.kinds)],
    ["made by", await stages(cli, head)],
  ];
  for (const [name, fact] of facts) {
    const lines = typeof fact === "string" ? [fact] : fact;
    cli.print(`  ${name.padEnd(10)} ${lines.length > 0 ? lines.join("\n".padEnd(14)) : "nothing"}`);
  }
}

async function verify(cli: CliContext, written: string): Promise<void> {
  const found = await findVersion(cli.dataDir, written);
  const name = `${found.name}/v${found.version}`;
  const { faults, examples, rows } = await verifyVersion(found.folder, cli.signal);
  if (faults.length > 0)
    throw new Failure(`${name} is not what was exported:\n${faults.map((f) => `  ${f}`).join("\n")}`);
  cli.print(
    `${name}: ${formatCount(examples)} examples in ${formatCount(rows)} rows; every row parses, ` +
      "every hash matches, no split group is on two sides.",
  );
}

async function headOf({ name, version, folder }: FoundVersion): Promise<ManifestHead> {
  const path = join(folder, MANIFEST_FILE);
  try {
    return await readManifestHead(path);
  } catch (error) {
    if (error instanceof ManifestFault) throw new Failure(`${name}/v${version}: ${MANIFEST_FILE} ${error.message}.`);
    throw readFault(error, path);
  }
}

function countFacts(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatCount(count)} ${name}`);
}

/** Each stage with its version and what it was told otherwise than by default; the manifest holds every option. */
async function stages(cli: CliContext, { provenance }: ManifestHead): Promise<string | string[]> {
  if (provenance === null) return "not recorded: exported from a file";
  const lines = [`seed ${provenance.seed}`];
  for (const { name, version, options } of provenance.stages) {
    const stage = await stageTable.find((entry) => entry.name === name)?.load();
    const defaults = new Map((stage ? optionFields(stage.options) : []).map((field) => [field.name, field.default]));
    const told = Object.entries(isOptions(options) ? options : {})
      .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults.get(key)))
      .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`);
    const sentence = `${name} ${version}${told.length > 0 ? `: ${told.join(", ")}` : ""}`;
    const [first = "", ...more] = wrap(sentence, cli.columns - factColumns);
    lines.push(first, ...more.map((line) => `  ${line}`));
  }
  return lines;
}

function isOptions(options: unknown): options is Readonly<Record<string, unknown>> {
  return typeof options === "object" && options !== null && !Array.isArray(options);
}
