/**
 * Takes what is gone off the disk: what still counts of some files is written into a new one, which says that it
 * replaces them, and then they are removed. Until the new one has its name the old ones hold; from then on it does: at
 * no moment do both count, or neither.
 *
 * What a person has dropped goes at once; the rest when at least half of a file is gone, so that little is written twice.
 */
import { join } from "node:path";
import { isMissing } from "./faults.ts";
import type { OutboxFile, OutboxFiles } from "./files.ts";
import { leftoverEnding } from "./files.ts";
import type { FolderView } from "./folder-view.ts";
import type { GoneWhy, LostCounts, Mark } from "./lines.ts";
import { lineOf, nothingLost } from "./lines.ts";
import type { Lock } from "./lock.ts";
import type { LogFile } from "./log-file.ts";
import { logEnding, sumOf } from "./log-file.ts";

/** More small files than this are joined: every window that ever wrote something leaves one. */
const maxSmallFiles = 8;
/** A file below this share of a segment is small. */
const smallShare = 0.25;
/** What says that something is gone can go itself once that is off the disk: in the second pass. */
const maxPasses = 3;
/** In one line that says what is gone. */
const idsPerLine = 1_000;

export interface Tidy {
  /** Does nothing where little can be gained, or while another window does it. @throws the system's error */
  run(): Promise<void>;
}

interface TidyOptions {
  readonly folder: string;
  readonly files: OutboxFiles;
  readonly view: FolderView;
  readonly lock: Lock;
  readonly newStem: () => string;
  readonly segmentBytes: number;
}

/** What still counts of some files. */
interface Kept {
  /** Without events. */
  readonly marks: readonly Mark[];
  readonly events: readonly { readonly file: LogFile; readonly id: string }[];
  readonly bytes: number;
}

export function createTidy({ folder, files: disk, view, lock, newStem, segmentBytes }: TidyOptions): Tidy {
  let tidied = -1;

  function kept(group: readonly LogFile[]): Kept {
    const others = view.files().filter((file) => !group.includes(file));
    /** Another file still holds what this would be the only one to deny. */
    const isNeeded = (id: string) =>
      others.some((file) => file.adds.has(id) || file.refused.some((refused) => refused.id === id));
    const shown = new Set(view.refused().map(({ id }) => id));
    const gone = new Map<GoneWhy, Set<string>>();
    const keepGone = (id: string, why: GoneWhy) => gone.set(why, (gone.get(why) ?? new Set()).add(id));
    const counted = { cap: new Set<string>(), damaged: new Set<string>() };
    const refused = new Map<string, Mark>();
    let lost: LostCounts = nothingLost;
    for (const file of group) {
      lost = sumOf(lost, file.lost);
      for (const [id, why] of file.gone) {
        if (isNeeded(id)) keepGone(id, why);
        else if ((why === "cap" || why === "damaged") && !others.some((other) => other.gone.get(id) === why)) {
          counted[why].add(id);
        }
      }
      for (const each of file.refused) {
        if (shown.has(each.id)) refused.set(each.id, { refused: each });
        else if (isNeeded(each.id)) keepGone(each.id, "sent");
      }
    }
    lost = sumOf(lost, { cap: counted.cap.size, disk: 0, damaged: counted.damaged.size });
    const marks: Mark[] = [...refused.values()];
    if (lost.cap + lost.disk + lost.damaged > 0) marks.push({ lost });
    for (const [why, ids] of gone) {
      const all = [...ids];
      for (let at = 0; at < all.length; at += idsPerLine) {
        marks.push({ gone: { ids: all.slice(at, at + idsPerLine), why } });
      }
    }
    const waiting = view.waiting();
    const events = group.flatMap((file) =>
      [...file.adds.keys()].filter((id) => waiting.get(id)?.stem === file.stem).map((id) => ({ file, id })),
    );
    const bytes =
      marks.reduce((sum, mark) => sum + lineOf(mark).length, 0) +
      events.reduce((sum, { file, id }) => sum + (file.adds.get(id)?.lineBytes ?? 0), 0);
    return { marks, events, bytes };
  }

  /** Groups of files, each to become one. */
  function groups(): LogFile[][] {
    const chosen = new Map<LogFile, number>();
    const small: [LogFile, number][] = [];
    for (const file of view.files()) {
      const { bytes } = kept([file]);
      const holdsDropped = [...file.adds.keys()].some((id) => view.whyGone(id) === "dropped");
      if (holdsDropped || bytes * 2 <= file.size) chosen.set(file, bytes);
      else if (file.size < segmentBytes * smallShare) small.push([file, bytes]);
    }
    if (small.length > maxSmallFiles) for (const [file, bytes] of small) chosen.set(file, bytes);
    const made: LogFile[][] = [];
    let room = 0;
    for (const [file, bytes] of chosen) {
      const open = made.at(-1);
      if (open === undefined || bytes > room) {
        made.push([file]);
        room = segmentBytes - bytes;
      } else {
        open.push(file);
        room -= bytes;
      }
    }
    return made;
  }

  async function remove(names: readonly string[]): Promise<void> {
    for (const name of names) {
      try {
        await disk.unlink(join(folder, name));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    if (names.length > 0) await disk.syncFolder(folder);
  }

  /** From now on nobody adds to it, and nobody else replaces it. @returns false where somebody else was faster */
  async function claim(file: LogFile): Promise<boolean> {
    const name = `${file.stem}.${newStem()}${logEnding}`;
    try {
      await disk.rename(join(folder, file.name), join(folder, name));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** @returns false where another window has stepped in */
  async function replace(group: readonly LogFile[]): Promise<boolean> {
    for (const file of group) if (!(await claim(file))) return false;
    // What was added up to the last moment.
    await view.refresh();
    const names = group.map(({ name }) => name);
    const { marks, events } = kept(group);
    if (marks.length + events.length > 0) {
      const stem = newStem();
      const made = `${stem}${leftoverEnding}`;
      try {
        await writeReplacement(join(folder, made), group, marks, events);
        if (!(await isOursStill(names))) {
          await remove([made]);
          return false;
        }
        await disk.rename(join(folder, made), join(folder, `${stem}${logEnding}`));
      } catch (error) {
        // On a full disk it must not take the room that is needed.
        await remove([made]).catch(() => undefined);
        throw error;
      }
      await disk.syncFolder(folder);
    } else if (!(await isOursStill(names))) {
      return false;
    }
    await remove(names);
    await view.refresh();
    return true;
  }

  async function isOursStill(names: readonly string[]): Promise<boolean> {
    if (!(await lock.renew())) return false;
    const there = new Set(await disk.list(folder));
    return names.every((name) => there.has(name));
  }

  async function writeReplacement(
    path: string,
    group: readonly LogFile[],
    marks: readonly Mark[],
    events: Kept["events"],
  ): Promise<void> {
    const handle = await disk.open(path, "create");
    try {
      const head: Mark[] = [{ replaces: group.map(({ stem }) => stem) }, ...marks];
      await handle.append(Buffer.from(head.map((mark) => lineOf(mark)).join("")));
      let source: { readonly file: LogFile; readonly handle: OutboxFile } | undefined;
      try {
        for (const { file, id } of events) {
          if (source?.file !== file) {
            await source?.handle.close();
            source = undefined;
            source = { file, handle: await disk.open(join(folder, file.name), "read") };
          }
          await handle.append(await readLine(source.handle, file, id));
        }
      } finally {
        await source?.handle.close();
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async function readLine(handle: OutboxFile, file: LogFile, id: string): Promise<Buffer> {
    const added = file.adds.get(id);
    if (added === undefined) throw new Error("an event that is kept is in the file that keeps it");
    const event = Buffer.alloc(added.length);
    const length = await handle.read(event, added.start);
    return Buffer.from(lineOf({ add: added.facts }, event.toString("utf8", 0, length)));
  }

  return {
    async run() {
      if (view.version() === tidied) return;
      const isClean = groups().length === 0 && view.replaced().length === 0;
      if (!isClean) {
        if (!(await lock.take())) return;
        try {
          await view.refresh();
          const leftovers = (await disk.list(folder)).filter((name) => name.endsWith(leftoverEnding));
          await remove([...view.replaced().map(({ name }) => name), ...leftovers]);
          await view.refresh();
          for (let pass = 0; pass < maxPasses; pass++) {
            const chosen = groups();
            if (chosen.length === 0) break;
            for (const group of chosen) if (!(await replace(group))) return;
          }
        } finally {
          await lock.release();
        }
      }
      tidied = view.version();
    },
  };
}
