/**
 * `vN.ledger.jsonl`, beside a dataset version and no part of it: for each example whose it is, and what the counts in
 * manifest and card are made of. A version is given away; who is in it stays here, so that a person's rows can be found
 * and left out when they ask for it.
 */
import { createReadStream } from "node:fs";
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { natural, nonEmpty, sha256, timestamp } from "../../shared/records/fields.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import { ownersOf } from "../deletion/owners.ts";
import { answerModel } from "../formats/answer-model.ts";
import type { RowFormatName } from "../formats/formats.ts";
import type { TargetedExample } from "../formats/row-format.ts";
import { splitLines } from "../jsonl/lines.ts";
import { versionFolder } from "./versions.ts";

/** What an example is called that carries no licence. */
const UNKNOWN_LICENCE = "unknown";

export const exampleFacts = z.strictObject({
  language: nonEmpty,
  licence: nonEmpty,
  target: z.strictObject({ from: nonEmpty, model: z.nullable(nonEmpty) }),
  /** By kind; null where it never went through `redact`. */
  redacted: z.nullable(z.record(z.string(), natural)),
});
export type ExampleFacts = z.infer<typeof exampleFacts>;

const ledgerEntry = z.strictObject({
  id: sha256,
  /** Whose snapshot it is, and whose words are in its rows; `at` where it is known when they came about. */
  owners: z.array(
    z.strictObject({ contributor: nonEmpty, at: z.optional(timestamp), reviewer: z.optional(z.literal(true)) }),
  ),
  /** Examples that it was made from. */
  parents: z.optional(z.array(sha256)),
  facts: exampleFacts,
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

export function ledgerFile(folder: string, version: number): string {
  return `${versionFolder(folder, version)}.ledger.jsonl`;
}

export function ledgerEntryOf(example: TargetedExample, formats: readonly RowFormatName[]): LedgerEntry {
  const { id, source } = example;
  return {
    id,
    owners: ownersOf(example, formats.includes("examples")),
    ...(source.kind === "derived" && { parents: source.parents }),
    facts: factsOf(example),
  };
}

function factsOf(example: TargetedExample): ExampleFacts {
  return {
    language: example.snapshot.document.languageId,
    licence: licenceOf(example),
    target: { from: example.expected.from, model: answerModel(example, example.expected) },
    redacted: example.redaction?.counts ?? null,
  };
}

function licenceOf(example: Example): string {
  return example.snapshot.repo?.licence ?? UNKNOWN_LICENCE;
}

/** The ledger is not as `export` writes it; the message says where, to be read behind the file's name. */
export class LedgerFault extends Error {
  override readonly name = "LedgerFault";
}

/** In the order of the manifest. @throws LedgerFault; the system's own error where the file cannot be read */
export async function* readLedger(path: string): AsyncGenerator<LedgerEntry, void, undefined> {
  for await (const part of splitLines(createReadStream(path))) {
    const parsed = part.kind === "line" ? parseRecord(ledgerEntry, parseJson(part.bytes)) : undefined;
    if (!parsed?.ok) throw new LedgerFault(`line ${part.number} is no entry`);
    yield parsed.value;
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
