/** `stillpoint policy get|set`: what contributors' editors are asked to capture. */

import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { parse } from "yaml";
import { policyAnswer, policy as policySchema } from "../../shared/wire/policy.ts";
import { validate } from "../configuration/validate.ts";
import { ConfigurationError } from "../errors.ts";
import { readFault } from "../jsonl/faults.ts";
import type { Ask } from "../serve/admin-client.ts";
import { administer, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";

const about = "stillpoint policy";

const help = `
The policy names allowed and denied repositories (host/owner/name, * for
anything) and people (contributors' ids), sampling rates, licences, the least
client version, whether capturing is paused, and for how many days events are
kept. What set leaves out stays; a field that it names is replaced whole, with
all that is under it.

Editors heed it within minutes. What they send is held against repositories and
people by the server, too. Paused is for editors alone: nobody captures, but
what was captured before is still stored.
${reachHelp}

Examples:
  $ stillpoint policy get > policy.json
  $ stillpoint policy set policy.json
  $ echo '{ "paused": true }' | stillpoint policy set -
  $ echo 'repositories: { allow: [github.com/acme/*], deny: [] }' |
      stillpoint policy set -`;

export function policyCommand(cli: CliContext): Command {
  const command = new Command("policy")
    .description("Shows or sets what is captured, from whom, and how long it is kept.")
    .addHelpText("after", help);
  command
    .command("get")
    .description("Prints the policy in force, as JSON.")
    .action(() => get(cli));
  command
    .command("set")
    .description("Sets a policy, in JSON or YAML; its fields replace those in force.")
    .argument("<file>", "where it is; - reads standard input")
    .action((file: string) => set(cli, file));
  return command;
}

async function get(cli: CliContext): Promise<void> {
  const { body } = await administer(cli, about, readPolicy);
  cli.print(JSON.stringify(body.policy, null, 2));
}

async function set(cli: CliContext, file: string): Promise<void> {
  const changes = parseWritten(await readWritten(cli, file), file === "-" ? "standard input" : file);
  const { body } = await administer(cli, about, async (ask) => {
    const { body: current, headers } = await readPolicy(ask);
    const checked = validate(policySchema, { ...current.policy, ...changes });
    if (!checked.ok) throw new ConfigurationError(refusal(checked.problems));
    return await ask({
      method: "PUT",
      path: "/v1/policy",
      body: checked.value,
      // Nobody else's change in between is lost.
      headers: { "if-match": headers.get("etag") ?? "*" },
      answer: policyAnswer,
    });
  });
  cli.note(`The policy is in force, as version ${body.version}. Clients hear of it within minutes.`);
}

function refusal(problems: readonly string[]): string {
  const isPart = problems.some((problem) => problem.endsWith(" is missing."));
  const hint = isPart
    ? " A field that is set is replaced whole: stillpoint policy get prints all that belongs there."
    : "";
  return `the policy is not valid: ${problems.join(" ")}${hint}`;
}

async function readPolicy(ask: Ask) {
  return await ask({ method: "GET", path: "/v1/policy", answer: policyAnswer });
}

async function readWritten(cli: CliContext, file: string): Promise<string> {
  if (file === "-") return await text(cli.stdin);
  try {
    return await readFile(cli.path(file), "utf8");
  } catch (error) {
    throw readFault(error, file);
  }
}

/** JSON is YAML. */
function parseWritten(written: string, shown: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(written, { prettyErrors: true });
  } catch (error) {
    throw new ConfigurationError(
      `${shown} is neither JSON nor YAML: ${(error as Error).message.split("\n")[0]?.replace(/:$/u, ".")}`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigurationError(
    `${shown} holds no policy: an object of its fields, as stillpoint policy get prints it.`,
  );
}
