/** `stillpoint contributors [list|add|rename]`: who sends, by pseudonym. */
import { Command } from "commander";
import { contributor, contributorList } from "../../shared/wire/identity.ts";
import { administer, minuteOf, printColumns, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";

const about = "stillpoint contributors";

const help = `
Everything that is stored belongs to a pseudonym. The name behind it is for
finding a person's data when they ask for it; it is in one table, and in no
dataset.
${reachHelp}

Examples:
  $ stillpoint contributors
  $ stillpoint contributors add Ada
  $ stillpoint contributors rename contributor-0123456789abcdef "Ada"`;

export function contributorsCommand(cli: CliContext): Command {
  const command = new Command("contributors")
    .description("Lists contributors, and how much is stored of each.")
    .addHelpText("after", help);
  command
    .command("list", { isDefault: true })
    .description("Lists them in the order in which they were added.")
    .option("--json", "as JSON")
    .action((given: { json?: true }) => list(cli, given));
  command
    .command("add")
    .description("Adds one and prints the pseudonym. (stillpoint token create does so too.)")
    .argument("[name]", "the person's name")
    .action((name: string | undefined) => add(cli, name));
  command
    .command("rename")
    .description("Changes the name behind a pseudonym, or takes it away.")
    .argument("<id>", "the pseudonym")
    .argument("[name]", "the new name; none takes it away")
    .action((id: string, name: string | undefined) => rename(cli, id, name));
  return command;
}

async function list(cli: CliContext, { json }: { json?: true }): Promise<void> {
  const { body } = await administer(cli, about, (ask) =>
    ask({ method: "GET", path: "/v1/contributors", answer: contributorList }),
  );
  if (json) {
    cli.print(JSON.stringify(body.contributors, null, 2));
    return;
  }
  printColumns(
    cli,
    ["id", "events", "last sent", "added", "name"],
    body.contributors.map(({ id, events, lastAt, createdAt, name, forgottenAt }) => [
      id,
      events.toLocaleString("en-US"),
      minuteOf(lastAt),
      minuteOf(createdAt),
      forgottenAt === undefined ? (name ?? "–") : `forgotten ${minuteOf(forgottenAt)}`,
    ]),
  );
}

async function add(cli: CliContext, name: string | undefined): Promise<void> {
  const { body } = await administer(cli, about, (ask) =>
    ask({ method: "POST", path: "/v1/contributors", body: { name: name ?? null }, answer: contributor }),
  );
  cli.print(body.id);
}

async function rename(cli: CliContext, id: string, name: string | undefined): Promise<void> {
  const { body } = await administer(cli, about, (ask) =>
    ask({
      method: "PATCH",
      path: `/v1/contributors/${encodeURIComponent(id)}`,
      body: { name: name ?? null },
      answer: contributor,
    }),
  );
  cli.note(body.name === undefined ? `${body.id} has no name now.` : `${body.id} is ${body.name} now.`);
}
