/** `stillpoint stats [FILE]`: the funnel of a file of examples, and how those that are left are made up. */
import { Command } from "commander";
import { ConfigurationError } from "../errors.ts";
import { renderStats, statsCounter } from "../reports/stats.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { endReading, readExamples } from "./read-examples.ts";

interface StatsArguments {
  readonly input?: string;
  readonly json?: boolean;
}

export function statsCommand(cli: CliContext): Command {
  return new Command("stats")
    .description("Counts a file of examples: what fell out where and why, and how those that are left are made up.")
    .argument("[file]", "examples to read (default: standard input; where that is empty, what the newest run left)")
    .option("-i, --input <file>", "the same as the argument")
    .option("--json", "print JSON")
    .action(async (file: string | undefined, given: StatsArguments) => {
      const source = await readExamples(cli, "stats", oneFile(file, given.input));
      const progress = startProgress(cli, "stats");
      try {
        const counter = statsCounter();
        for await (const example of source) {
          counter.add(example);
          progress.update(source.read, source.progress);
        }
        progress.end();
        const stats = counter.result();
        cli.print(given.json ? JSON.stringify(stats, null, 2) : renderStats(stats, cli));
        endReading(cli, source);
      } finally {
        progress.end();
        await source.close();
      }
    });
}

/** @throws ConfigurationError where the argument and `-i` name two files. */
export function oneFile(argument: string | undefined, input: string | undefined): string | undefined {
  if (argument !== undefined && input !== undefined && argument !== input) {
    throw new ConfigurationError(`name one file: the argument says ${argument}, -i says ${input}.`);
  }
  return argument ?? input;
}
