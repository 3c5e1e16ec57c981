/** In which windows somebody reads what waits: each such window has a lock of its own in the outbox's folder. */
import { isMissing } from "./faults.ts";
import type { OutboxFiles } from "./files.ts";
import type { Lock } from "./lock.ts";

const beginning = "reading-";
const ending = ".lock";

export interface Readers {
  /** Somebody reads here, or no more. @throws the system's error */
  set(isReading: boolean): Promise<void>;
  /** In this window or another. Says for a minute more that this one does. @throws the system's error */
  isAnybody(): Promise<boolean>;
}

interface ReadersOptions {
  readonly folder: string;
  readonly files: OutboxFiles;
  readonly lockAt: (name: string) => Lock;
  readonly newId: () => string;
}

export function createReaders({ folder, files, lockAt, newId }: ReadersOptions): Readers {
  const ownName = `${beginning}${newId()}${ending}`;
  const own = lockAt(ownName);
  const others = new Map<string, Lock>();
  let isReading = false;

  async function otherNames(): Promise<string[]> {
    try {
      const names = await files.list(folder);
      return names.filter((name) => name.startsWith(beginning) && name.endsWith(ending) && name !== ownName);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  return {
    async set(next) {
      isReading = next;
      if (next) await own.take();
      else await own.release();
    },
    async isAnybody() {
      if (isReading) await own.take();
      let isAny = isReading;
      const names = await otherNames();
      for (const name of others.keys()) if (!names.includes(name)) others.delete(name);
      for (const name of names) {
        const lock = others.get(name) ?? lockAt(name);
        others.set(name, lock);
        // What a crash left is taken, to be taken away.
        if (await lock.take()) await lock.release();
        else isAny = true;
      }
      return isAny;
    },
  };
}
