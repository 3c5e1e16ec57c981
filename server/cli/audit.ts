/** `stillpoint audit`: what admins did. */
import { Command } from "commander";
import type { AuditEntry } from "../../shared/wire/identity.ts";
import { auditPage } from "../../shared/wire/identity.ts";
import { administer, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";
import { parsePositive } from "./stage-flags.ts";

const about = "stillpoint audit";
const defaultEntries = 50;
/** Of one answer of the server. */
const pageEntries = 1_000;

interface AuditArguments {
  readonly last: number;
  readonly json?: true;
}

const help = `
Every administrative act and every export has an entry: when, which token, what,
to what.
${reachHelp}

Examples:
  $ stillpoint audit
  $ stillpoint audit --last 1000 --json | grep token.create`;

export function auditCommand(cli: CliContext): Command {
  return new Command("audit")
    .description("Shows what admins did, the newest at the end.")
    .option("--last <n>", "how many entries", parsePositive, defaultEntries)
    .option("--json", "one JSON object a line")
    .addHelpText("after", help)
    .action((given: AuditArguments) => audit(cli, given));
}

async function audit(cli: CliContext, { last, json }: AuditArguments): Promise<void> {
  const entries = await administer(cli, about, async (ask) => {
    const found: AuditEntry[] = [];
    for (let before = ""; found.length < last; ) {
      const limit = Math.min(pageEntries, last - found.length);
      const { body } = await ask({ method: "GET", path: `/v1/audit?limit=${limit}${before}`, answer: auditPage });
      found.push(...body.entries);
      if (body.next === undefined) break;
      before = `&before=${body.next}`;
    }
    return found.reverse();
  });
  for (const entry of entries) cli.print(json ? JSON.stringify(entry) : lineOf(entry));
}

function lineOf({ at, actor, contributor, act, subject = "", details = {} }: AuditEntry): string {
  const by = contributor === undefined ? actor : `${actor} (${contributor})`;
  const facts = Object.entries(details).map(([name, value]) => `${name}=${value}`);
  return [at, by, act, subject, ...facts].filter((part) => part !== "").join("  ");
}
