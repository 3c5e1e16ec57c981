/**
 * What all files of the folder say together. Each is read once, and then only what was added to it: the other windows
 * write to theirs while this one looks on.
 */
import { join } from "node:path";
import { codeOf, isMissing } from "./faults.ts";
import type { OutboxFiles } from "./files.ts";
import type { EventFacts, GoneWhy, LostCounts, Mark, RefusedEvent } from "./lines.ts";
import { nothingLost } from "./lines.ts";
import type { Added, LogFile } from "./log-file.ts";
import { emptyFile, logEnding, readMore, stemOf, sumOf, takeMark } from "./log-file.ts";

/** How often the folder is listed again when files come and go meanwhile. */
const maxListings = 20;
/** Of refused events; older ones are forgotten. */
const maxRefused = 200;

/** An event that waits to be sent. */
export interface PendingEvent extends EventFacts {
  /** Of the event as JSON. */
  readonly bytes: number;
}

export type Waiting = PendingEvent & { readonly stem: string; readonly start: number };

export interface FolderView {
  /** @throws the system's error */
  refresh(): Promise<void>;
  /** Files that count, without those that another replaces. */
  files(): readonly LogFile[];
  /** Files that another replaces, and that a crash left. */
  replaced(): readonly LogFile[];
  /** Oldest first. */
  waiting(): ReadonlyMap<string, Waiting>;
  waitingBytes(): number;
  whyGone(id: string): GoneWhy | undefined;
  /** What the file is called at present; undefined once it is gone. */
  nameOf(stem: string): string | undefined;
  /** Newest first. */
  refused(): readonly RefusedEvent[];
  lost(): LostCounts;
  /** Raised whenever anything of this may have changed. */
  version(): number;
  /** Takes as said what is not on disk yet. */
  remember(said: Mark): void;
  /** What was remembered is on disk now. */
  forgetRemembered(): void;
}

export function createFolderView({ folder, files: disk }: { folder: string; files: OutboxFiles }): FolderView {
  const files = new Map<string, LogFile>();
  let memory = emptyFile("", "");
  let waiting = new Map<string, Waiting>();
  let gone = new Map<string, GoneWhy>();
  let replaced = new Set<string>();
  let waitingBytes = 0;
  /** The newest id of `waiting`, whose order is that of the ids while none comes late. */
  let newest = "";
  let isSorted = true;
  /** Otherwise the files are known, and what they say together is not yet. */
  let isUnited = true;
  let version = 0;
  let refusedAt: { readonly version: number; readonly list: readonly RefusedEvent[] } = { version: -1, list: [] };

  function counts(file: LogFile): boolean {
    return !replaced.has(file.stem);
  }

  function uniteAdd(file: LogFile, id: string, { facts, start, length }: Added): void {
    if (gone.has(id) || waiting.has(id)) return;
    waiting.set(id, { ...facts, bytes: length, stem: file.stem, start });
    waitingBytes += length;
    if (id < newest) isSorted = false;
    else newest = id;
  }

  /** Once dropped, always dropped: that is what must not stay on disk. */
  function setGone(id: string, why: GoneWhy): void {
    if (gone.get(id) !== "dropped") gone.set(id, why);
  }

  function uniteGone(id: string, why: GoneWhy): void {
    setGone(id, why);
    waitingBytes -= waiting.get(id)?.bytes ?? 0;
    waiting.delete(id);
  }

  function uniteAll(): void {
    waiting = new Map();
    gone = new Map();
    waitingBytes = 0;
    newest = "";
    isSorted = true;
    const all = [memory, ...[...files.values()].filter(counts)];
    for (const file of all) {
      for (const [id, why] of file.gone) setGone(id, why);
      for (const { id } of file.refused) setGone(id, "sent");
    }
    // By their oldest events: then there is little or nothing to sort.
    const inOrder = all.map((file) => ({ file, oldest: file.adds.keys().next().value ?? "" }));
    inOrder.sort((a, b) => (a.oldest < b.oldest ? -1 : 1));
    for (const { file } of inOrder) for (const [id, added] of file.adds) uniteAdd(file, id, added);
  }

  /** Into what all files say, what one of them was just heard to say. */
  function unite(file: LogFile, said: Mark): void {
    if ("add" in said) {
      const added = file.adds.get(said.add.id);
      if (added) uniteAdd(file, said.add.id, added);
    } else if ("gone" in said) {
      for (const id of said.gone.ids) uniteGone(id, said.gone.why);
    } else if ("refused" in said) {
      uniteGone(said.refused.id, "sent");
    }
  }

  /** @param isUnited otherwise all are united anew later. @returns false where the file is gone */
  async function readOn(file: LogFile, isUnited: boolean): Promise<boolean> {
    try {
      const isMore = await readMore(disk, join(folder, file.name), file, (said) => {
        if (isUnited) unite(file, said);
      });
      if (isMore) version += 1;
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** @returns by stem; undefined while the folder does not exist */
  async function list(): Promise<Map<string, string> | undefined> {
    try {
      const names = (await disk.list(folder)).filter((name) => name.endsWith(logEnding));
      return new Map(names.map((name) => [stemOf(name), name]));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** @returns whether the folder held still meanwhile */
  async function readAll(): Promise<boolean> {
    const names = (await list()) ?? new Map<string, string>();
    let isStill = true;
    const vanished = [...files.keys()].filter((stem) => !names.has(stem));
    if (vanished.length > 0) {
      // A listing may miss a file that is renamed while it is made.
      const again = await list();
      for (const stem of vanished) {
        const name = again?.get(stem);
        if (name === undefined) files.delete(stem);
        else names.set(stem, name);
      }
      isUnited = false;
    }
    for (const [stem, name] of names) {
      const file = files.get(stem) ?? emptyFile(stem, name);
      file.name = name;
      // A new file may replace others, which is only known once it was read.
      if (!files.has(stem)) isUnited = false;
      if (await readOn(file, isUnited && counts(file))) files.set(stem, file);
      else isStill = false;
    }
    if (!isUnited) {
      replaced = new Set([...files.values()].flatMap((file) => [...file.replaces]));
      uniteAll();
      isUnited = true;
      version += 1;
    }
    return isStill;
  }

  return {
    async refresh() {
      for (let left = maxListings; left > 0; left--) if (await readAll()) return;
    },
    files: () => [...files.values()].filter(counts),
    replaced: () => [...files.values()].filter((file) => !counts(file)),
    waiting() {
      if (!isSorted) {
        waiting = new Map([...waiting].sort(([a], [b]) => (a < b ? -1 : 1)));
        isSorted = true;
      }
      return waiting;
    },
    waitingBytes: () => waitingBytes,
    whyGone: (id) => gone.get(id),
    nameOf: (stem) => files.get(stem)?.name,
    refused() {
      if (refusedAt.version === version) return refusedAt.list;
      const all = [memory, ...[...files.values()].filter(counts)];
      const byId = new Map<string, RefusedEvent>();
      for (const file of all) for (const refused of file.refused) byId.set(refused.id, refused);
      for (const file of all) for (const [id, why] of file.gone) if (why === "dropped") byId.delete(id);
      const list = [...byId.values()]
        .sort((a, b) => (a.refusedAt === b.refusedAt ? (a.id < b.id ? 1 : -1) : a.refusedAt < b.refusedAt ? 1 : -1))
        .slice(0, maxRefused);
      refusedAt = { version, list };
      return list;
    },
    lost() {
      const all = [memory, ...[...files.values()].filter(counts)];
      // Two windows may each have said it of the same event.
      const ids = { cap: new Set<string>(), damaged: new Set<string>() };
      for (const file of all)
        for (const [id, why] of file.gone) if (why === "cap" || why === "damaged") ids[why].add(id);
      const told = all.reduce((sum, file) => sumOf(sum, file.lost), nothingLost);
      return sumOf(told, { cap: ids.cap.size, disk: 0, damaged: ids.damaged.size });
    },
    version: () => version,
    remember(said) {
      takeMark(memory, said);
      unite(memory, said);
      version += 1;
    },
    forgetRemembered() {
      memory = emptyFile("", "");
      version += 1;
    },
  };
}
