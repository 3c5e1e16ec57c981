/**
 * `vN.superseded.json`, beside a dataset version: it held rows of somebody who took them back, and is to be used no
 * longer. The version itself is never changed; `stillpoint datasets rebuild` makes the next one without those rows.
 */
import * as z from "zod/mini";
import { natural, nonEmpty, schemaVersion, sha256 } from "../../shared/records/fields.ts";
import { Failure } from "../errors.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import { versionFolder } from "./versions.ts";

const superseded = z.strictObject({
  schema: schemaVersion,
  /** The deletions that concern it, by id. */
  deletions: z.array(nonEmpty),
  /** Examples that the next version is made without. */
  examples: z.array(sha256),
  /** Once it is rebuilt, and its data files are gone. */
  rebuilt: z.optional(
    z.strictObject({
      /** `v4`; null where no rows were left. */
      as: z.nullable(nonEmpty),
      rows: natural,
    }),
  ),
});
export type Superseded = z.infer<typeof superseded>;

export function supersededFile(folder: string, version: number): string {
  return `${versionFolder(folder, version)}.superseded.json`;
}

/** Undefined for a version in good standing. @throws Failure for a file that is none: nobody knows what to leave out */
export async function readSuperseded(folder: string, version: number): Promise<Superseded | undefined> {
  const path = supersededFile(folder, version);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const parsed = superseded.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Failure(`${path} is damaged: it cannot be told which rows are to be left out. Put it back from a backup.`);
}

export async function writeSuperseded(folder: string, version: number, marker: Superseded): Promise<void> {
  await writeWhole(supersededFile(folder, version), `${JSON.stringify(marker, null, 2)}\n`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
