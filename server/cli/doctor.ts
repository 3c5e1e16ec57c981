/** `stillpoint doctor`: what is right and wrong with the data folder. */
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { Finding } from "../backup/doctor.ts";
import { examine } from "../backup/doctor.ts";
import { systemClock } from "../clock.ts";
import { EXIT } from "../errors.ts";
import { plural, wrap } from "../reports/terminal.ts";
import type { CliContext } from "./context.ts";

const help = `
Reads every page of the databases, which takes its time, and changes nothing; a
server may run meanwhile. Exit code 1 where there is a fault, 0 where there are
warnings at most.

Examples:
  $ stillpoint doctor
  $ stillpoint doctor --data /srv/stillpoint --json`;

const colours = { ok: "green", warning: "yellow", fault: "red" } as const;

export function doctorCommand(cli: CliContext): Command {
  return new Command("doctor")
    .description("Says what is right and wrong with the data folder, and what to do.")
    .option("--json", "as JSON")
    .addHelpText("after", help)
    .action((given: { json?: true }) => doctor(cli, given));
}

async function doctor(cli: CliContext, { json }: { json?: true }): Promise<void> {
  const findings = await examine({
    dataDir: cli.dataDir,
    shown: cli.dataDirShown,
    clock: systemClock,
    nodeVersion: process.versions.node,
    nodeWanted: packageJson.engines.node,
  });
  if (json) cli.print(JSON.stringify({ findings }, null, 2));
  else show(cli, findings);
  if (findings.some(({ state }) => state === "fault")) cli.exitWith(EXIT.failed);
}

function show(cli: CliContext, findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const stateWidth = "warning".length;
  const indent = " ".repeat(stateWidth + 2 + width + 2);
  for (const { check, state, finding, remedy } of findings) {
    const lines = wrap(finding, Math.max(20, cli.columns - indent.length));
    cli.print(`${cli.style(colours[state], state.padEnd(stateWidth))}  ${check.padEnd(width)}  ${lines[0] ?? ""}`);
    const more = [...lines.slice(1), ...(remedy ? wrap(remedy, Math.max(20, cli.columns - indent.length)) : [])];
    for (const line of more) cli.print(`${indent}${line}`);
  }
  const count = (state: Finding["state"]) => findings.filter((each) => each.state === state).length;
  cli.note(`${plural(count("fault"), "fault")}, ${plural(count("warning"), "warning")}.`);
}
