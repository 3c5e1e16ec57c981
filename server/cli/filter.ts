/** `stillpoint filter`: the stage's command, which says at the end what the rules found. */
import type { Command } from "commander";
import { filterCounter, filterStage } from "../stages/filter.ts";
import type { CliContext } from "./context.ts";
import { stageCommand } from "./stage-command.ts";

export function filterCommand(cli: CliContext, summary: string): Command {
  return stageCommand(cli, filterStage, summary, ({ flag }) => {
    const counter = filterCounter(flag);
    return { add: counter.add, end: () => cli.note(`filter: ${counter.sentence()}`) };
  });
}
