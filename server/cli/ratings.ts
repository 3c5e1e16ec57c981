/** `stillpoint ratings`: what reviewers said, in figures. */
import { Command } from "commander";
import type { RatingsSummary } from "../../shared/wire/review.ts";
import { ratingsSummary } from "../../shared/wire/review.ts";
import { administer, printColumns, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";

const about = "stillpoint ratings";

const help = `
Agreement is Cohen's kappa (J. Cohen, A coefficient of agreement for nominal
scales, Educational and Psychological Measurement 20, 1960) over the predictions
that two people have rated: 1 where they always agree, 0 where they agree as
often as chance would make them. The first to rate is the one rater, the second
the other.
${reachHelp}

Examples:
  $ stillpoint ratings
  $ stillpoint ratings --json`;

export function ratingsCommand(cli: CliContext): Command {
  return new Command("ratings")
    .description("Shows how much is rated, by whom, and how far reviewers agree.")
    .option("--json", "as JSON")
    .addHelpText("after", help)
    .action((given: { json?: true }) => show(cli, given));
}

async function show(cli: CliContext, { json }: { json?: true }): Promise<void> {
  const { body } = await administer(cli, about, (ask) =>
    ask({ method: "GET", path: "/v1/ratings", answer: ratingsSummary }),
  );
  if (json) {
    cli.print(JSON.stringify(body, null, 2));
    return;
  }
  const { items, ratings, reviewers, agreement } = body;
  cli.print(`${counted(items.rated)} of ${counted(items.total)} shown predictions are rated.`);
  cli.print(`${counted(ratings.good)} good, ${counted(ratings.bad)} bad.`);
  cli.print(sentenceOf(agreement));
  if (reviewers.length === 0) return;
  printColumns(
    cli,
    ["good", "bad", "reviewer"],
    reviewers.map(({ reviewer, good, bad }) => [counted(good), counted(bad), reviewer]),
  );
}

function sentenceOf({ items, bothGood, bothBad, kappa, few }: RatingsSummary["agreement"]): string {
  if (items === 0) return "No prediction is rated by two people, so nothing is known of their agreement.";
  const agreed = `Two people agree on ${counted(bothGood + bothBad)} of ${counted(items)}`;
  const by = kappa === null ? "kappa is not defined: both always say the same" : `Cohen's kappa ${kappa.toFixed(2)}`;
  return `${agreed}; ${by}.${few ? " Fewer than 30 behind it." : ""}`;
}

function counted(n: number): string {
  return n.toLocaleString("en-US");
}
