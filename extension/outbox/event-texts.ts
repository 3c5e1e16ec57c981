/** The texts of events that wait, read when they are asked for: nobody holds them all. */
import { join } from "node:path";
import { isMissing } from "./faults.ts";
import type { OutboxFiles } from "./files.ts";
import type { FolderView, Waiting } from "./folder-view.ts";

export interface EventTexts {
  /** As JSON; undefined once it waits no more. @throws the system's error */
  read(id: string): Promise<string | undefined>;
}

interface EventTextsOptions {
  readonly folder: string;
  readonly files: OutboxFiles;
  readonly view: FolderView;
}

export function eventTexts({ folder, files, view }: EventTextsOptions): EventTexts {
  async function readPart(path: string, { start, bytes }: Waiting): Promise<string> {
    const handle = await files.open(path, "read");
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.toString("utf8", 0, await handle.read(buffer, start));
    } finally {
      await handle.close();
    }
  }

  return {
    async read(id) {
      for (;;) {
        const found = view.waiting().get(id);
        const name = found && view.nameOf(found.stem);
        if (found === undefined || name === undefined) return undefined;
        try {
          return await readPart(join(folder, name), found);
        } catch (error) {
          // Another window has written it elsewhere meanwhile.
          if (!isMissing(error)) throw error;
          await view.refresh();
        }
      }
    },
  };
}

/** Undefined where the disk does not give back what was written. */
export function parsed(id: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "id" in value && value.id === id ? value : undefined;
  } catch {
    return undefined;
  }
}
