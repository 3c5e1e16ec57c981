/** `stillpoint receipt verify|key`: whether a receipt of a deletion is as a server signed it. */
import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { isSignedBy } from "../../shared/receipt-signature.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import type { SignedReceipt } from "../../shared/wire/deletion.ts";
import { publicKey as publicKeySchema, signedReceipt } from "../../shared/wire/deletion.ts";
import { readServerKey } from "../deletion/server-key.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import { isSystemError, readFault } from "../jsonl/faults.ts";
import { formatCount } from "../reports/terminal.ts";
import { minuteOf } from "./admin.ts";
import type { CliContext } from "./context.ts";

const help = `
A receipt carries the public key that it was signed with. That alone shows that
it was not changed since; whose key it is shows only a comparison with the
server's own, which the server's admin prints by "stillpoint receipt key", or
anybody reads at /v1/receipt-key.

Examples:
  $ stillpoint receipt verify receipt.json
  $ stillpoint receipt verify receipt.json \\
      --key "$(stillpoint receipt key --data /srv/stillpoint)"
  $ stillpoint receipt verify receipt.json --key server-key.pub`;

export function receiptCommand(cli: CliContext): Command {
  const command = new Command("receipt")
    .description("Verifies receipts of deletions, and prints the key that they are signed with.")
    .addHelpText("after", help);
  command
    .command("verify")
    .description("Exit code 0 for a receipt that is as it was signed, 1 for one that is not.")
    .argument("<file>", "the receipt")
    .option("--key <public>", "the server's public key, or a file that holds it (default: the key in DATA)")
    .action((file: string, given: { key?: string }) => verify(cli, file, given.key));
  command
    .command("key")
    .description("Prints the public key of the server that owns the data folder.")
    .action(() => printKey(cli));
  return command;
}

async function verify(cli: CliContext, file: string, written: string | undefined): Promise<void> {
  const signed = await readReceipt(cli, file);
  const own = signed.signature.publicKey;
  const expected = written === undefined ? (await readServerKey(cli.dataDir))?.publicKey : await readKey(cli, written);
  if (expected !== undefined && expected !== own) {
    throw new Failure(
      `${file} was not signed by ${written === undefined ? `the server of ${cli.dataDirShown}` : "the holder of that key"}: ` +
        `it carries the key ${own}, not ${expected}.`,
    );
  }
  if (!isSignedBy(signed, own)) {
    throw new Failure(`${file} is not what was signed: it was changed since, or its signature was.`);
  }
  const { contributor, completedAt, deleted, datasets, backups } = signed.receipt;
  const count = Object.values(deleted).reduce((sum, each) => sum + each, 0);
  cli.print(`${file} is as it was signed, by the key ${own}.`);
  cli.print(
    expected === undefined
      ? "Whose key that is this machine cannot tell: compare it with the server's (--key, or /v1/receipt-key)."
      : "That is the server's key.",
  );
  cli.print(
    `It says that on ${minuteOf(completedAt)} UTC all of ${contributor} was deleted: ${formatCount(count)} items.`,
  );
  if (datasets.length > 0) {
    const versions = datasets.map(({ dataset, version }) => `${dataset}/${version}`).join(", ");
    cli.print(`Superseded are ${versions}.`);
  }
  for (const { name, at, notFound } of backups) {
    const then = notFound ? "was not found any more; where it is left, it holds the data" : "still held the data then";
    cli.print(`The backup ${name} of ${minuteOf(at)} ${then}.`);
  }
  for (const note of signed.receipt.notes) cli.print(note);
}

async function printKey(cli: CliContext): Promise<void> {
  const key = await readServerKey(cli.dataDir);
  if (key === undefined) {
    throw new Failure(`${cli.dataDirShown} holds no server-key: it is made with the first receipt.`);
  }
  cli.print(key.publicKey);
}

async function readReceipt(cli: CliContext, file: string): Promise<SignedReceipt> {
  const text = await readText(cli, file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure(`${file} is no receipt: it is not JSON.`);
  }
  const parsed = parseRecord(signedReceipt, value);
  if (parsed.ok) return parsed.value;
  throw new Failure(`${file} is no receipt: ${parsed.issues[0]?.path || "it"} ${parsed.issues[0]?.message}.`);
}

/** The key itself, or a file with it: in base64url, or in PEM. */
async function readKey(cli: CliContext, written: string): Promise<string> {
  if (publicKeySchema.safeParse(written).success) return written;
  const text = (await readText(cli, written)).trim();
  if (publicKeySchema.safeParse(text).success) return text;
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === "ed25519") return key.export({ format: "jwk" }).x ?? "";
  } catch {
    // Said below.
  }
  throw new ConfigurationError(`${written} holds no public key of Ed25519.`);
}

async function readText(cli: CliContext, file: string): Promise<string> {
  try {
    return await readFile(cli.path(file), "utf8");
  } catch (error) {
    throw isSystemError(error) ? readFault(error, file) : error;
  }
}
