/** `stillpoint settle`: the stage's command, which can also draw the distances it has measured. */
import type { Command } from "commander";
import { Option } from "commander";
import { ConfigurationError } from "../errors.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import { distanceCounter } from "../reports/histogram.ts";
import { histogramHtml, histogramSvg } from "../reports/histogram-svg.ts";
import { drawHistogram } from "../reports/histogram-terminal.ts";
import { showsUnicode } from "../reports/shows-unicode.ts";
import { settleStage } from "../stages/settle.ts";
import type { CliContext } from "./context.ts";
import { stageCommand } from "./stage-command.ts";

const PICTURES = [".svg", ".html"] as const;

export function settleCommand(cli: CliContext, summary: string): Command {
  const command = stageCommand(cli, settleStage, summary, ({ noiseAbove }, given) => {
    const wanted = given["histogram"];
    if (wanted === undefined) return undefined;
    const draw = typeof wanted === "string" ? pictureOf(wanted) : undefined;
    const counter = distanceCounter(noiseAbove);
    return {
      add: counter.add,
      async end() {
        const histogram = counter.histogram();
        if (typeof wanted === "string" && draw !== undefined) await writeWhole(cli.path(wanted), draw(histogram));
        else {
          const columns = cli.stderr.columns ?? cli.columns;
          cli.stderr.write(`${drawHistogram(histogram, { columns, unicode: showsUnicode(cli.env) })}\n`);
        }
      },
    };
  });
  return command.addOption(
    new Option("--histogram [file]", "draw the distances: on standard error, or into a file (.svg or .html)").helpGroup(
      "Options of settle:",
    ),
  );
}

/** @throws ConfigurationError for a name that ends in neither. */
function pictureOf(file: string) {
  if (file.endsWith(".svg")) return histogramSvg;
  if (file.endsWith(".html")) return histogramHtml;
  throw new ConfigurationError(`--histogram writes ${PICTURES.join(" or ")}, not ${file}.`);
}
