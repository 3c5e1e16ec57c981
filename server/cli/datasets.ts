/** `stillpoint datasets list|show|verify|rebuild`: what there is, what is in it, and whether it is what was written. */
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { funnelFacts, splitFacts, targetFacts } from "../datasets/facts.ts";
import type { ManifestHead } from "../datasets/manifest.ts";
import { MANIFEST_FILE, ManifestFault, readManifestHead } from "../datasets/manifest.ts";
import { rebuildVersion } from "../datasets/rebuild.ts";
import type { Superseded } from "../datasets/superseded.ts";
import { readSuperseded } from "../datasets/superseded.ts";
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

const rebuildHelp = `
A version that held rows of somebody who took them back is superseded. The next
version is made of its rows, byte for byte and in their order, without those; no
stage runs and no model is asked. Then the superseded version's data files are
deleted; its manifest and card stay. Without an argument every superseded
version is rebuilt.

Examples:
  $ stillpoint datasets rebuild
  $ stillpoint datasets rebuild team/v3`;

const versionArgument = "a dataset (its newest version), or one version: NAME/vN";

export function datasetsCommand(cli: CliContext): Command {
  const command = new Command("datasets").description(
    "Shows, verifies and rebuilds the dataset versions in DATA/datasets.",
  );
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
  command
    .command("rebuild")
    .description("Makes the next version of what held rows that were taken back, without them.")
    .argument("[dataset]", "a dataset (its superseded versions), or one version: NAME/vN; all where left out")
    .addHelpText("after", rebuildHelp)
    .action((written: string | undefined) => rebuild(cli, written));
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
    const standing = await standingOf(found);
    return [listed, splitFacts(counts), standing || formats.map((format) => format.name).join(", ")];
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
  const standing = await standingOf(found);
  if (standing !== "") facts.unshift(["standing", standing]);
  for (const [name, fact] of facts) {
    const lines = typeof fact === "string" ? [fact] : fact;
    cli.print(`  ${name.padEnd(10)} ${lines.length > 0 ? lines.join("\n".padEnd(14)) : "nothing"}`);
  }
}

async function verify(cli: CliContext, written: string): Promise<void> {
  const found = await findVersion(cli.dataDir, written);
  const name = `${found.name}/v${found.version}`;
  const superseded = await readSuperseded(datasetFolder(cli.dataDir, found.name), found.version);
  if (superseded?.rebuilt) throw new Failure(`${name} is ${standingWords(superseded)}.`);
  const { faults, examples, rows } = await verifyVersion(found.folder, cli.signal);
  if (faults.length > 0)
    throw new Failure(`${name} is not what was exported:\n${faults.map((f) => `  ${f}`).join("\n")}`);
  cli.print(
    `${name}: ${formatCount(examples)} examples in ${formatCount(rows)} rows; every row parses, ` +
      "every hash matches, no split group is on two sides.",
  );
  if (superseded) cli.note(`It is ${standingWords(superseded, name)}.`);
}

async function rebuild(cli: CliContext, written: string | undefined): Promise<void> {
  let found = 0;
  for (const { name, version } of await versionsMeant(cli, written)) {
    const began = performance.now();
    const made = await rebuildVersion({
      dataDir: cli.dataDir,
      dataset: name,
      version,
      runRecord: () => ({
        rebuiltAt: new Date().toISOString(),
        tookMs: Math.round(performance.now() - began),
        host: hostname(),
        stillpoint: packageJson.version,
      }),
      signal: cli.signal,
    });
    if (made === undefined) continue;
    found += 1;
    const from = `${name}/v${version}, without ${formatCount(made.left)} examples`;
    if (made.version === null) cli.print(`${from}: none are left, so there is no next version`);
    else cli.print(`${cli.style("bold", `${name}/${made.version}`)} is ${from}`);
    if (made.head) cli.print(`  ${splitFacts(made.head.counts)}`);
    cli.print(`  the data files of v${version} are deleted`);
  }
  if (found === 0)
    cli.note(`${written ?? "datasets"}: nothing to rebuild; no version is superseded that was not rebuilt.`);
}

/** Oldest first, so that the newest stays the newest. */
async function versionsMeant(
  cli: CliContext,
  written: string | undefined,
): Promise<Pick<FoundVersion, "name" | "version">[]> {
  if (written?.includes("/")) return [await findVersion(cli.dataDir, written)];
  const names =
    written === undefined ? await listDatasets(cli.dataDir) : [(await findVersion(cli.dataDir, written)).name];
  const meant: Pick<FoundVersion, "name" | "version">[] = [];
  for (const name of names) {
    for (const version of await listVersions(datasetFolder(cli.dataDir, name))) meant.push({ name, version });
  }
  return meant;
}

/** Empty for a version in good standing. */
async function standingOf({ name, version, folder }: FoundVersion): Promise<string> {
  const marker = await readSuperseded(dirname(folder), version);
  return marker === undefined ? "" : standingWords(marker, `${name}/v${version}`);
}

function standingWords({ examples, rebuilt }: Superseded, shown?: string): string {
  if (rebuilt === undefined) {
    return `superseded: ${formatCount(examples.length)} of its examples were taken back; stillpoint datasets rebuild ${shown ?? ""}`.trim();
  }
  return `superseded${rebuilt.as === null ? "" : ` by ${rebuilt.as}`}: examples were taken back, and its data files are deleted`;
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
