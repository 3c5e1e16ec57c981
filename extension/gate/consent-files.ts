/**
 * Consent on the disk: one file a workspace folder, in the extension's own storage, which every window reads anew. VS Code's
 * `globalState` would not do: a window writes all of it at once, as it last knew it, and so could bring back what another has
 * just taken away. But that storage is the machine's that the extension runs on, and may be a container whose image a
 * repository describes: what is written there counts only with the mark of a key that the person's own VS Code keeps.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { mkdir, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import type { ConsentStore } from "./consent.ts";

const folderMode = 0o700;
const fileMode = 0o600;
const ending = ".json";

const stored = z.strictObject({
  /** The workspace folder's URI. */
  folder: z.string(),
  switches: z.record(z.string(), z.unknown()),
  /** HMAC-SHA-256 of folder and switches, in hexadecimal. */
  mark: z.string(),
});
type Stored = z.infer<typeof stored>;

interface Read {
  /** Every write makes a file of its own, so another one is another content. */
  readonly identity: string;
  readonly value: Stored | undefined;
}

/**
 * @param place a folder of its own; made when something is first written
 * @param key kept where no file of any repository, nor of its container, comes to lie; what has another's mark is no consent
 */
export function consentFiles(place: string, key: () => string): ConsentStore {
  const known = new Map<string, Read>();

  /** Synchronous: the gate decides by it, and nobody may withdraw between the look and the decision. */
  function read(name: string): Stored | undefined {
    const path = join(place, name);
    const identity = identityOf(path);
    if (identity === undefined) {
      known.delete(name);
      return undefined;
    }
    const before = known.get(name);
    if (before?.identity === identity) return before.value;
    const value = valueIn(path);
    known.set(name, { identity, value });
    return value;
  }

  async function remove(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async function write(path: string, value: Stored): Promise<string> {
    const made = `${path}.${randomUUID()}.tmp`;
    const handle = await open(made, "wx", fileMode);
    try {
      await handle.writeFile(JSON.stringify(value));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return made;
  }

  async function syncPlace(): Promise<void> {
    // Windows has no such call, and does not need one.
    if (process.platform === "win32") return;
    const handle = await open(place, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  const markOf = ({ folder, switches }: Omit<Stored, "mark">) =>
    createHmac("sha256", key())
      .update(JSON.stringify([folder, switches]))
      .digest("hex");
  const isOurs = (value: Stored) => {
    const [stands, ours] = [Buffer.from(value.mark), Buffer.from(markOf(value))];
    return stands.length === ours.length && timingSafeEqual(stands, ours);
  };
  const get = (folder: string) => {
    const value = read(nameOf(folder));
    return value?.folder === folder && isOurs(value) ? value.switches : undefined;
  };

  return {
    get,
    folders() {
      const files = namesIn(place).filter((name) => name.endsWith(ending));
      return files.flatMap((name) => {
        const value = read(name);
        return value && isOurs(value) ? value.folder : [];
      });
    },
    async set(folder, switches, over) {
      await mkdir(place, { recursive: true, mode: folderMode });
      const path = join(place, nameOf(folder));
      if (switches === undefined) {
        await remove(path);
      } else {
        const made = await write(path, { folder, switches, mark: markOf({ folder, switches }) });
        if (over !== undefined && get(folder) !== over) {
          await remove(made);
          return;
        }
        renameSync(made, path);
      }
      await syncPlace();
    },
  };
}

function nameOf(folder: string): string {
  return `${createHash("sha256").update(folder).digest("hex")}${ending}`;
}

/** What cannot be read is no consent: here, and below. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  } catch {
    return undefined;
  }
}

function valueIn(path: string): Stored | undefined {
  try {
    const parsed = stored.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}
