/**
 * Up to which position a run reads the server's store: said when it first asks, and remembered until it is done, so that
 * a run that was interrupted goes on with what there was, whatever has come since.
 */
import { rm } from "node:fs/promises";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { writeWhole } from "../jsonl/whole-file.ts";

export interface AsOf {
  /** @param last position of the store now */
  position(last: number): Promise<number>;
  /** The run is done: the next one reads anew. */
  release(): Promise<void>;
}

export function runAsOf(path: string): AsOf {
  return {
    async position(last) {
      const known = await readPosition(path);
      // A store from a backup may not have come so far.
      if (known !== undefined && known <= last) return known;
      await writeWhole(path, `${last}\n`);
      return last;
    },
    release: () => rm(path, { force: true }),
  };
}

async function readPosition(path: string): Promise<number | undefined> {
  const text = (await readIfThere(path)) ?? "";
  return /^\d+\n$/u.test(text) ? Number(text) : undefined;
}
