/** What this window says, on its way to its file: what the disk does not take is kept in mind, and written with the next. */
import { isMissing } from "./faults.ts";
import type { OutboxFiles } from "./files.ts";
import type { FolderView } from "./folder-view.ts";
import type { Mark } from "./lines.ts";
import { lineOf } from "./lines.ts";
import type { Segment } from "./segment.ts";

export interface Journal {
  /** Where it is not known to be there. @throws the system's error */
  makeFolder(): Promise<void>;
  /** Something went wrong: it may be gone. */
  doubtFolder(): void;
  /** These lines, and what could not be written before. @throws the system's error: these lines are not written */
  write(lines?: string): Promise<void>;
  /** Holds from now on. @throws the system's error: it is not on disk yet */
  say(marks: readonly Mark[]): Promise<void>;
  /** Holds from now on, and is written when something is. */
  sayLater(mark: Mark): void;
}

interface JournalOptions {
  readonly folder: string;
  readonly files: OutboxFiles;
  readonly segment: Segment;
  readonly view: FolderView;
  /** Something is on the disk. */
  readonly wrote: () => Promise<void>;
}

export function createJournal({ folder, files, segment, view, wrote }: JournalOptions): Journal {
  let unwritten: Mark[] = [];
  let hasFolder = false;

  async function makeFolder(): Promise<void> {
    if (!hasFolder) await files.makeFolder(folder);
    hasFolder = true;
  }

  async function addLines(lines: string): Promise<void> {
    await makeFolder();
    try {
      await segment.append(lines);
    } catch (error) {
      // Somebody has removed the folder.
      if (!isMissing(error)) throw error;
      await files.makeFolder(folder);
      await segment.append(lines);
    }
  }

  async function write(lines = ""): Promise<void> {
    const all = unwritten.map((mark) => lineOf(mark)).join("") + lines;
    if (all === "") return;
    await addLines(all);
    unwritten = [];
    view.forgetRemembered();
    await wrote();
  }

  function sayLater(mark: Mark): void {
    view.remember(mark);
    unwritten.push(mark);
  }

  return {
    makeFolder,
    doubtFolder() {
      hasFolder = false;
    },
    write,
    async say(marks) {
      for (const mark of marks) sayLater(mark);
      await write();
    },
    sayLater,
  };
}
