/**
 * One process at a time owns DATA/events.db: a server, or a command that changes what a server would hold in memory.
 * `DATA/server.lock` says which; `DATA/server.json` where a running server is to be asked.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { Failure } from "../errors.ts";
import type { Holder } from "../jsonl/lock.ts";
import { lockHolder, tryLock } from "../jsonl/lock.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { writeWhole } from "../jsonl/whole-file.ts";

const lockName = "server.lock";
const addressName = "server.json";

const serverAddress = z.object({
  pid: z.int(),
  /** Where clients reach it. */
  url: z.string(),
  /** Where a command on this machine does: plain HTTP on a loopback address. */
  localUrl: z.string(),
});
export type ServerAddress = z.infer<typeof serverAddress>;

/** What a lock is taken for. */
export const serving = "stillpoint serve";

export interface DataFolder {
  readonly dataDir: string;
  /** As the person wrote it. */
  readonly shown: string;
}

/** Somebody else has the folder. */
export class DataFolderTaken extends Failure {}

/**
 * @param about the command that takes it
 * @returns what gives the folder back
 * @throws DataFolderTaken that names who has it
 */
export async function lockData(folder: DataFolder, about: string): Promise<() => Promise<void>> {
  const taken = await tryLock(join(folder.dataDir, lockName), about);
  if (typeof taken === "function") return taken;
  throw new DataFolderTaken(await heldSentence(folder, taken));
}

async function heldSentence({ dataDir, shown }: DataFolder, holder: Holder): Promise<string> {
  const address = await readAddress(dataDir);
  if (address?.pid === holder.pid) {
    return `${shown} is served already, by process ${holder.pid} at ${address.url}. Stop that one, or use another folder (--data DIR).`;
  }
  const by = holder.about === "" ? "" : ` (${holder.about})`;
  return `${shown} is in use by process ${holder.pid}${by}. Wait for it to end, or use another folder (--data DIR).`;
}

/** Who has the folder; `address` once it is a server that answers. */
export async function whoHolds(dataDir: string): Promise<(Holder & { readonly address?: ServerAddress }) | undefined> {
  const holder = await lockHolder(join(dataDir, lockName));
  if (holder === undefined) return undefined;
  const address = await readAddress(dataDir);
  return address?.pid === holder.pid ? { ...holder, address } : holder;
}

export async function writeAddress(dataDir: string, address: ServerAddress): Promise<void> {
  await writeWhole(join(dataDir, addressName), `${JSON.stringify(address)}\n`);
}

export async function removeAddress(dataDir: string): Promise<void> {
  await rm(join(dataDir, addressName), { force: true });
}

async function readAddress(dataDir: string): Promise<ServerAddress | undefined> {
  const text = await readIfThere(join(dataDir, addressName));
  return text === undefined ? undefined : serverAddress.parse(JSON.parse(text));
}
