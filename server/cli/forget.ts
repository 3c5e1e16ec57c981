/** `stillpoint forget`: deletes all that is a contributor's, for ever. */
import { Command } from "commander";
import type { Deletion } from "../../shared/wire/deletion.ts";
import { deletion } from "../../shared/wire/deletion.ts";
import { Failure } from "../errors.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import { formatCount } from "../reports/terminal.ts";
import { administer, minuteOf, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";

const about = "stillpoint forget";

interface ForgetArguments {
  readonly output?: string;
  readonly unlisted?: true;
  readonly json?: true;
}

const help = `
Deletes the contributor's events, name and tokens, what others said about them,
their lines in run folders and in copies of bad lines, and the cached answers
that only their examples use. Dataset versions that hold rows of theirs are
marked as superseded: "stillpoint datasets rebuild" makes the next ones without
them. What comes from this contributor later is refused. A tombstone in
DATA/tombstones.jsonl keeps a restored backup from bringing anything back.

The receipt says what was deleted, and is signed; "stillpoint receipt verify"
checks it. It is kept in DATA/receipts, too. There is no way back.
${reachHelp}

Examples:
  $ stillpoint forget contributor-0123456789abcdef -o receipt.json
  $ stillpoint forget 5f1c…e2 --unlisted`;

export function forgetCommand(cli: CliContext): Command {
  return new Command("forget")
    .description("Deletes all that is a contributor's, and takes nothing from them any more.")
    .argument("<contributor>", "the pseudonym (stillpoint contributors lists them)")
    .option("-o, --output <file>", "where to write the receipt")
    .option("--unlisted", "for somebody who is only in what was imported, as from git")
    .option("--json", "print the deletion as JSON")
    .addHelpText("after", help)
    .action((contributor: string, given: ForgetArguments) => forget(cli, contributor, given));
}

async function forget(cli: CliContext, contributor: string, given: ForgetArguments): Promise<void> {
  const path = `/v1/contributors/${encodeURIComponent(contributor)}${given.unlisted ? "?unlisted=true" : ""}`;
  const { body } = await administer(cli, about, (ask) => ask({ method: "DELETE", path, answer: deletion }));
  if (given.json) cli.print(JSON.stringify(body, null, 2));
  else tell(cli, body);
  if (body.receipt && given.output !== undefined) {
    await writeWhole(cli.path(given.output), `${JSON.stringify(body.receipt, null, 2)}\n`);
    cli.note(`The receipt is in ${given.output}.`);
  }
  if (body.receipt) return;
  const reasons = (body.waitingFor ?? []).map((reason) => `  ${reason}`).join("\n");
  throw new Failure(
    `${contributor} is deleted from the database, and nothing more is taken from them; the rest waits:\n${reasons}\n` +
      "A running server goes on by itself; without one, run the same command again. The receipt comes at the end.",
  );
}

function tell(cli: CliContext, { contributor, receipt: signed }: Deletion): void {
  if (signed === undefined) return;
  const { receipt } = signed;
  cli.print(`${cli.style("bold", contributor)} is deleted since ${minuteOf(receipt.completedAt)} UTC.`);
  const kinds = Object.entries(receipt.deleted);
  if (kinds.length === 0) cli.print("  nothing of theirs was stored");
  const width = Math.max(0, ...kinds.map(([, count]) => formatCount(count).length));
  for (const [kind, count] of kinds) cli.print(`  ${formatCount(count).padStart(width)}  ${kind}`);
  for (const { dataset, version, rows } of receipt.datasets) {
    cli.print(`  ${dataset}/${version} held ${formatCount(rows)} rows of theirs and is superseded`);
  }
  for (const { name, at, notFound } of receipt.backups) {
    const still = notFound ? "is not found any more; where it is left, it" : "still";
    cli.print(`  the backup ${name} of ${minuteOf(at)} ${still} holds them`);
  }
  for (const note of receipt.notes) cli.print(note);
}
