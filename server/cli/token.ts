/** `stillpoint token create|list|revoke`: who may come in. */
import { Command, Option } from "commander";
import { newToken, token, tokenList } from "../../shared/wire/identity.ts";
import type { Role } from "../../shared/wire/roles.ts";
import { roles } from "../../shared/wire/roles.ts";
import { ConfigurationError } from "../errors.ts";
import { administer, minuteOf, printColumns, reachHelp } from "./admin.ts";
import type { CliContext } from "./context.ts";

const about = "stillpoint token";

interface CreateArguments {
  readonly role: Role;
  readonly contributor?: string;
  readonly person?: string;
}

const help = `
A contributor may send events and see, copy and delete what is stored of them. A
reviewer may also see and rate what others sent. An admin may do everything.
${reachHelp}

Examples:
  $ stillpoint token create ada-laptop --person "Ada"
  $ stillpoint token create ada-desktop \\
      --contributor contributor-0123456789abcdef
  $ TOKEN=$(stillpoint token create review-desk --role reviewer)
  $ stillpoint token revoke 0123456789ab`;

export function tokenCommand(cli: CliContext): Command {
  const command = new Command("token")
    .description("Makes, lists and revokes the tokens by which people and programs come in.")
    .addHelpText("after", help);
  command
    .command("create")
    .description("Makes a token and prints it: once, since only its hash is kept.")
    .argument("<name>", "what it is for: a device, a program")
    .addOption(new Option("--role <role>", "what it may be used for").choices(roles).default("contributor"))
    .option("--contributor <id>", "for somebody known (stillpoint contributors); else it is for somebody new")
    .option("--person <name>", "the name of somebody new, kept in one table beside the pseudonym")
    .action((name: string, given: CreateArguments) => create(cli, name, given));
  command
    .command("list")
    .description("Lists all tokens, the revoked ones too.")
    .option("--json", "as JSON")
    .action((given: { json?: true }) => list(cli, given));
  command
    .command("revoke")
    .description("Revokes a token: its next request is refused.")
    .argument("<id>", "the token's id: the 12 digits behind stillpoint_")
    .action((id: string) => revoke(cli, id));
  return command;
}

async function create(cli: CliContext, name: string, given: CreateArguments): Promise<void> {
  const { body } = await administer(cli, about, (ask) =>
    ask({ method: "POST", path: "/v1/tokens", body: { name, ...given }, answer: newToken }),
  );
  cli.print(body.secret);
  cli.note(
    `For ${body.contributor}, as ${body.role}. It is shown this once; revoke it by stillpoint token revoke ${body.id}.`,
  );
}

async function list(cli: CliContext, { json }: { json?: true }): Promise<void> {
  const { body } = await administer(cli, about, (ask) => ask({ method: "GET", path: "/v1/tokens", answer: tokenList }));
  if (json) {
    cli.print(JSON.stringify(body.tokens, null, 2));
    return;
  }
  printColumns(
    cli,
    ["id", "role", "contributor", "made", "last used", "revoked", "name"],
    body.tokens.map(({ id, role, contributor, createdAt, lastUsedAt, revokedAt, name }) => [
      id,
      role,
      contributor,
      minuteOf(createdAt),
      minuteOf(lastUsedAt),
      minuteOf(revokedAt),
      name,
    ]),
  );
}

async function revoke(cli: CliContext, id: string): Promise<void> {
  // Whoever has the whole token at hand need not cut the id out.
  const short = /^(?:stillpoint_)?(?<short>[0-9a-f]{12})(?:_.*)?$/u.exec(id)?.groups?.["short"];
  if (short === undefined) {
    throw new ConfigurationError(
      "that is no token's id: it has 12 hexadecimal digits, as stillpoint token list shows.",
    );
  }
  const { body } = await administer(cli, about, (ask) =>
    ask({ method: "DELETE", path: `/v1/tokens/${short}`, answer: token }),
  );
  cli.note(`The token ${body.id} (${body.name}) is revoked since ${minuteOf(body.revokedAt)} UTC.`);
}
