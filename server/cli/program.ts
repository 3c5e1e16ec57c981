/** The `stillpoint` program: global options, the table of subcommands, and how each end becomes an exit code. */
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { CommandEntry } from "./commands.ts";
import { commandTable } from "./commands.ts";
import type { CliContext, CliProcess, GlobalOptions } from "./context.ts";
import { cliContext, wrapped } from "./context.ts";
import { endOf } from "./ends.ts";

/** Global options that take a value, for finding the subcommand before anything is parsed. */
const optionsWithValue = new Set(["--data", "--config"]);

const examples = `
Examples:
  $ stillpoint demo
  $ stillpoint import-git --repo . -o examples.jsonl
  $ stillpoint redact -i examples.jsonl | stillpoint split |
      stillpoint distill --model builtin | stillpoint stats
  $ stillpoint run settled --repo ~/code/mine
  $ stillpoint help import-git

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 done with rejected
lines, 5 budget reached, 130 and 143 interrupted (the same command goes on).`;

/**
 * Runs one command line.
 * @param args what stands behind `stillpoint`
 * @returns the exit code; everything that had to be said has been printed
 */
export async function runProgram(args: readonly string[], process: CliProcess): Promise<number> {
  const program = new Command("stillpoint");
  const cli = cliContext(process, () => program.opts<GlobalOptions>());
  try {
    await buildProgram(program, args, cli);
    await program.parseAsync(askedForHelp(args), { from: "user" });
    if (!cli.endsBySignal) process.signal.throwIfAborted();
    return cli.exitCode;
  } catch (thrown) {
    // An abort shows in many ways (a stream destroyed, a request cancelled); its reason is what happened.
    const cause: unknown = process.signal.aborted ? process.signal.reason : thrown;
    const end = endOf(cause, isSet(process.env["STILLPOINT_DEBUG"]));
    if (end.sentence !== undefined) process.stderr.write(wrapped(process.stderr, `stillpoint: ${end.sentence}\n`));
    return end.exitCode;
  }
}

async function buildProgram(program: Command, args: readonly string[], cli: CliContext): Promise<void> {
  program
    .description("Turns a team's own editing into a dataset that trains a small edit-prediction model.")
    .version(packageJson.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--data <dir>", "folder for datasets, runs and caches (STILLPOINT_DATA; default: ./.stillpoint)")
    .option("--config <file>", "configuration file (STILLPOINT_CONFIG; default: DATA/stillpoint.yaml)")
    .option("--quiet", "no progress and no summary")
    .addHelpText("after", examples)
    .helpCommand("help [command]", "print the help of a command");
  settle(program, cli);
  const wanted = wantedCommand(args);
  for (const entry of commandTable) {
    const command = entry.name === wanted ? await loadCommand(entry, cli) : new Command(entry.name);
    settle(command, cli);
    program.addCommand(command.summary(entry.summary).helpGroup(entry.group));
  }
}

async function loadCommand(entry: CommandEntry, cli: CliContext): Promise<Command> {
  const command = await entry.load(cli);
  if (command.name() !== entry.name) throw new Error(`the table calls ${command.name()} ${entry.name}`);
  return command;
}

/** What every command of the program has in common, subcommands of subcommands included. */
function settle(command: Command, cli: CliContext): void {
  command
    .exitOverride()
    .showHelpAfterError("(--help shows the options)")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => cli.stdout.write(text),
      writeErr: (text) => cli.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /u, "stillpoint: ")),
      getOutHelpWidth: () => cli.columns,
      getErrHelpWidth: () => cli.columns,
      getOutHasColors: () => cli.style("bold", "x") !== "x",
      getErrHasColors: () => false,
    });
  for (const subcommand of command.commands) settle(subcommand, cli);
}

/** The subcommand that `args` name, undefined where they name none. */
function wantedCommand(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? "";
    if (optionsWithValue.has(argument)) i++;
    else if (argument !== "help" && !argument.startsWith("-")) return argument;
  }
  return undefined;
}

/** `help datasets verify` as `datasets verify --help`: commander's own `help` takes one name and leaves out the rest. */
function askedForHelp(args: readonly string[]): readonly string[] {
  const [first, ...names] = args;
  return first === "help" && names.length > 1 ? [...names, "--help"] : args;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
