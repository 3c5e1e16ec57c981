/**
 * `stillpoint demo-server`: a companion server on a free port, editing events sent to it as an editor sends them, and
 * what it has stored taken through the whole line to a dataset.
 */
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { loadConfiguration } from "../configuration/configuration.ts";
import { ConfigurationError } from "../errors.ts";
import { openExamples } from "../jsonl/read.ts";
import { RejectedLines } from "../jsonl/rejected.ts";
import { warningLog } from "../log.ts";
import { renderFunnel } from "../reports/funnel.ts";
import { formatCount, listCounts, wrap } from "../reports/terminal.ts";
import type { RunResult } from "../runs/run.ts";
import { shippedRecording } from "../runs/shipped-tasks.ts";
import { scoped } from "../scope.ts";
import { readAdminToken } from "../serve/admin-token.ts";
import { startServer } from "../serve/start.ts";
import { commandLines, quoted } from "./command-lines.ts";
import { commandName } from "./command-name.ts";
import type { CliContext } from "./context.ts";
import { eventSender } from "./demo-sender.ts";
import { executeTask, funnelOfStages, openShippedTask, shownPath, taskConfiguration } from "./run.ts";

const maxColumns = 88;
const factWidth = 11;

export function demoServerCommand(cli: CliContext): Command {
  return new Command("demo-server")
    .description(
      "Starts a server on a free port, sends it recorded editing events as an editor would, and takes what it has " +
        "stored through the whole line: no key, no network beyond this machine. In a new temporary folder, or in --data DIR.",
    )
    .action(async () => runDemo(await withFolder(cli)));
}

/** A demo has no business in the folder that people work with, unless they say so. */
async function withFolder(cli: CliContext): Promise<CliContext> {
  const said = cli.dataDirShown !== join(".", ".stillpoint");
  const folder = said ? undefined : await mkdtemp(join(tmpdir(), "stillpoint-demo-"));
  if (folder === undefined) return cli;
  return Object.create(cli, { dataDir: { value: folder }, dataDirShown: { value: folder } }) as CliContext;
}

async function runDemo(cli: CliContext): Promise<void> {
  const page = { columns: Math.min(cli.columns, maxColumns), style: cli.style };
  const title = (text: string) => cli.print(`\n${cli.style("bold", text)}`);
  const fact = (name: string, text: string) => {
    const [first = "", ...more] = wrap(text, page.columns - factWidth - 2);
    cli.print(`  ${name.padEnd(factWidth)}${first}`);
    for (const line of more) cli.print(`  ${" ".repeat(factWidth)}${line}`);
  };
  cli.print(cli.style("bold", "From an editor to a dataset, by way of the companion server"));
  cli.print("The builtin model is teacher and student. Nothing leaves this machine.");
  const result = await scoped(async (defer) => {
    const { dataDir, dataDirShown, configFile, env, signal } = cli;
    const server = await startServer({
      dataDir,
      dataDirShown,
      configuration: { ...loadConfiguration({ dataDir, configFile, env }), server: {} },
      log: warningLog((sentence) => cli.warn(sentence)),
      host: "127.0.0.1",
      port: 0,
    });
    defer(async () => void (await server.stop()));
    const admin = await readAdminToken(dataDir);
    if (admin === undefined)
      throw new ConfigurationError(`${dataDirShown} is of another server: it has no admin-token.`);
    title("A server, and two people with a token each");
    fact("listens on", server.url);
    fact("keeps in", shownPath(cli, join(dataDir, "events.db")));

    const sender = eventSender({ url: server.url, admin, signal });
    defer(() => sender.revoke());
    const recording = (await readFile(shippedRecording(), "utf8")).trimEnd().split("\n");
    const sent = await sender.send(recording);
    title(`What their editors send: ${formatCount(recording.length)} events of a recording`);
    fact("events", listCounts(sent.types));
    fact("sessions", listCounts(sent.sessions));
    fact("as", `${sent.requests} requests, ${kilobytes(sent.bytes)}, ${kilobytes(sent.gzipped)} on the wire`);
    fact("answered", `${listCounts(sent.results)}, once it was on disk`);
    const again = await sender.send(recording);
    fact("sent again", `${listCounts(again.results)}: an outbox that is not sure sends twice`);
    fact("no token", `${await sender.withoutToken(recording)}: nothing was stored`);

    const task = await openShippedTask("demo-server");
    return executeTask(cli, task, taskConfiguration(cli, task, {}), "bar");
  });
  title("What came through the line of it, and why the rest fell out");
  cli.print(renderFunnel(funnelOfStages(result.stages), page));
  const { targets, verdicts } = await lookAt(cli, result);
  title("What people have said decides before any model");
  fact("verdicts", listCounts(verdicts));
  fact("targets", `from ${listCounts(targets)}`);
  printDataset(cli, result, title);
}

/** Of the last stage's examples: where targets come from, and what is known of the predictions that were shown. */
async function lookAt(cli: CliContext, { lastFile }: RunResult) {
  const targets: Record<string, number> = {};
  const verdicts: Record<string, number> = {};
  const raise = (counts: Record<string, number>, key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  await scoped(async (defer) => {
    const copies = { path: `${lastFile}.rejected.jsonl`, shown: lastFile };
    const rejected = new RejectedLines(lastFile, copies, (told) => cli.warn(told));
    const examples = await openExamples({ from: { path: lastFile }, name: lastFile, rejected, signal: cli.signal });
    defer(() => examples.close());
    for await (const { dropped, expected, shown = [] } of examples) {
      if (dropped === undefined && expected !== undefined) raise(targets, expected.from);
      for (const { outcome, ratings } of shown) {
        if (outcome !== undefined) raise(verdicts, outcome);
        for (const { verdict } of ratings) raise(verdicts, `rated ${verdict}`);
      }
    }
  });
  return { targets, verdicts };
}

function printDataset(cli: CliContext, { dataset }: RunResult, title: (text: string) => void): void {
  if (dataset === undefined) throw new Error("the demo's task exports nothing");
  const { exported, splits } = dataset.tally.counts;
  const name = `demo-server/${dataset.version}`;
  title(`The dataset: ${name}${dataset.written ? "" : ", which was there already"}`);
  cli.print(`  ${cli.style("cyan", shownPath(cli, dataset.folder))}`);
  const sides = Object.entries(splits).map(([split, n]) => `${formatCount(n)} ${split}`);
  cli.print(`  ${formatCount(exported)} rows: ${sides.join(", ")}. README.md there says what they are.`);
  title("What next");
  const next = (what: string, command: string) => {
    cli.print(`  ${what}`);
    const parts = [`${commandName(cli.env)} ${command}`, `--data ${quoted(cli.dataDirShown)}`];
    for (const line of commandLines(parts, cli.columns)) cli.print(cli.style("green", line));
  };
  next("Take what was stored as examples, one a line:", "pull");
  next("Hold the dataset against its manifest:", `datasets verify ${name}`);
  next("Serve it on the usual port, for editors:", "serve");
}

function kilobytes(bytes: number): string {
  return `${formatCount(Math.round(bytes / 1_000))} KB`;
}
