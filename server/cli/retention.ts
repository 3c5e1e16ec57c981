/** `stillpoint retention`: deletes events that were kept as long as the policy says. */
import { Command } from "commander";
import { retentionReport } from "../../shared/wire/deletion.ts";
import { policyAnswer } from "../../shared/wire/policy.ts";
import { formatCount } from "../reports/terminal.ts";
import { administer, minuteOf, printColumns, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";

const about = "stillpoint retention";

const help = `
The policy says after how many days events are deleted, for all repositories and
for some of them ("stillpoint policy get"). A running server does it once a day
by itself. Datasets and runs are not touched: what a contributor wants out of
those is deleted by request.
${reachHelp}

Examples:
  $ stillpoint retention --dry-run
  $ stillpoint retention`;

export function retentionCommand(cli: CliContext): Command {
  return new Command("retention")
    .description("Deletes the events that were kept as long as the policy says.")
    .option("--dry-run", "only count them")
    .option("--json", "as JSON")
    .addHelpText("after", help)
    .action((given: { dryRun?: true; json?: true }) => run(cli, given));
}

async function run(cli: CliContext, { dryRun = false, json }: { dryRun?: boolean; json?: true }): Promise<void> {
  const path = `/v1/retention${dryRun ? "?dryRun=true" : ""}`;
  const { body, limits } = await administer(cli, about, async (ask) => {
    const { body: answer } = await ask({ method: "GET", path: "/v1/policy", answer: policyAnswer });
    const { body } = await ask({ method: "POST", path, answer: retentionReport });
    return { body, limits: answer.policy.retention };
  });
  if (json) {
    cli.print(JSON.stringify(body, null, 2));
    return;
  }
  if (body.due.length === 0) {
    const keepsAll = [limits, ...limits.repositories].every(({ days }) => days === null);
    cli.note(
      keepsAll
        ? "The policy keeps everything: it gives no number of days (retention.days is null)."
        : "Nothing was kept longer than the policy says.",
    );
    return;
  }
  printColumns(
    cli,
    [dryRun ? "due" : "deleted", "from before", "days", "repository"],
    body.due.map(({ repository, days, before, events }) => [
      formatCount(events),
      minuteOf(before),
      String(days),
      repository ?? "– (none named)",
    ]),
  );
}
