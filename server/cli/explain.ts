/** `stillpoint explain ID [FILE]`: every stage's decision on one example. */
import { Command } from "commander";
import type { Example } from "../../shared/records/example.ts";
import { ConfigurationError } from "../errors.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import { explainExample } from "../reports/explain.ts";
import { printableName } from "../reports/terminal.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { endReading, readExamples } from "./read-examples.ts";
import { oneFile } from "./stats.ts";

/** Examples that are named where the beginning of an id fits several. */
const maxCandidates = 10;
const idLength = 64;

interface ExplainArguments {
  readonly input?: string;
  readonly json?: boolean;
  readonly full?: boolean;
}

export function explainCommand(cli: CliContext): Command {
  return new Command("explain")
    .description("Shows what became of one example: what the editor knew, and every stage's decision.")
    .argument("<id>", "an example's id, or as much of its beginning as fits one alone")
    .argument("[file]", "examples to look in (default: standard input; where that is empty, what the newest run left)")
    .option("-i, --input <file>", "the same as the second argument")
    .option("--full", "show every line of every diff, and every sample")
    .option("--json", "print the example as JSON")
    .action(async (id: string, file: string | undefined, given: ExplainArguments) => {
      if (!/^[0-9a-f]{1,64}$/iu.test(id)) {
        throw new ConfigurationError(`"${id}" is no id: an example's id is hexadecimal, such as 3f9a2c1b.`);
      }
      const source = await readExamples(cli, "explain", oneFile(file, given.input));
      try {
        const example = await theOne(cli, source, id.toLowerCase());
        const page = given.json ? JSON.stringify(example, null, 2) : undefined;
        cli.print(page ?? explainExample(example, cli, { full: given.full ?? false }));
        endReading(cli, source);
      } finally {
        await source.close();
      }
    });
}

async function theOne(cli: CliContext, source: ExampleSource, id: string): Promise<Example> {
  const progress = startProgress(cli, "explain");
  const found: Example[] = [];
  let count = 0;
  try {
    for await (const example of source) {
      progress.update(source.read, source.progress);
      if (!example.id.startsWith(id)) continue;
      count++;
      if (found.length < maxCandidates) found.push(example);
      if (id.length === idLength) break;
    }
  } finally {
    progress.end();
  }
  const [first] = found;
  if (!first) throw new ConfigurationError(`no example in ${source.name} has an id that begins with ${id}.`);
  if (count === 1) return first;
  const candidates = found.map(
    (example) => `\n  ${example.id.slice(0, idLength / 2)}  ${printableName(example.snapshot.document.path)}`,
  );
  const more = count > found.length ? `\n  and ${count - found.length} more` : "";
  throw new ConfigurationError(`${count} examples have an id that begins with ${id}:${candidates.join("")}${more}`);
}
