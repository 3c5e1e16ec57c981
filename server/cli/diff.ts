/** `stillpoint diff A B`: which examples two files have, and in what those of both differ. */
import { Command } from "commander";
import { ConfigurationError } from "../errors.ts";
import { compareExamples, renderComparison } from "../reports/compare.ts";
import type { CliContext } from "./context.ts";
import { endReading, readExamples } from "./read-examples.ts";
import { parseNatural } from "./stage-flags.ts";

/** Examples of each sort that are named unless more are asked for. */
const listedByDefault = 10;

interface DiffArguments {
  readonly json?: boolean;
  readonly list: number;
}

export function diffCommand(cli: CliContext): Command {
  return new Command("diff")
    .description("Compares two files of examples: which were added, removed or changed, and in which fields.")
    .argument("<a>", "the first file (- is standard input)")
    .argument("<b>", "the second file")
    .option("--list <n>", "name at most n examples of each sort", parseNatural, listedByDefault)
    .option("--json", "print JSON")
    .action(async (a: string, b: string, given: DiffArguments) => {
      if (a === "-" && b === "-") throw new ConfigurationError("only one of the two can be standard input.");
      const first = await readExamples(cli, "diff", a);
      try {
        const second = await readExamples(cli, "diff-second", b);
        try {
          const comparison = await compareExamples(first, second, given.list);
          cli.print(given.json ? JSON.stringify(comparison, null, 2) : renderComparison(comparison, cli));
          endReading(cli, first);
          endReading(cli, second);
        } finally {
          await second.close();
        }
      } finally {
        await first.close();
      }
    });
}
