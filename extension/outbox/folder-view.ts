/**
 * What all files of the folder say together. Each is read once, and then only what was added to it: the other windows
 * write to theirs while this one looks on.
 */
import { join } from "node:path";
import { codeOf, isMissing } from "./faults.ts";
import type { OutboxFiles } from "./files.ts";
import type { EventFacts, GoneWhy, LostCounts, Mark, RefusedEvent } from "./lines.ts";
import { nothingLost, parseLine } from "./lines.ts";

export const logEnding = ".log";

const chunkBytes = 262_144;
/** A line that goes on for longer is none of ours. */
const maxLineBytes = 16 * 1_048_576;
/** How often the folder is listed again when files come and go meanwhile. */
const maxListings = 20;
/** Of refused events; older ones are forgotten. */
const maxRefused = 200;

/** An event that waits to be sent. */
export interface PendingEvent extends EventFacts {
  /** Of the event as JSON. */
  readonly bytes: number;
}

interface Added {
  readonly facts: EventFacts;
  /** In bytes from the file's start. */
  readonly start: number;
  readonly length: number;
  /** Of the whole line. */
  readonly lineBytes: number;
}

/** One file, as far as it was read. */
export interface LogFile {
  /** Names it for good: the rest of the file's name says who is about to replace it. */
  readonly stem: string;
  name: string;
  /** Up to here, its lines are whole and known. */
  readTo: number;
  /** With what is left of a last line that was never finished. */
  size: number;
  readonly adds: Map<string, Added>;
  /** Ids that it says are gone. */
  readonly gone: Map<string, GoneWhy>;
  readonly refused: RefusedEvent[];
  lost: LostCounts;
  readonly replaces: Set<string>;
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

export function stemOf(name: string): string {
  return name.slice(0, name.indexOf("."));
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

  /** Takes a line into the file's own state, and into that of all unless they are united anew anyway. */
  function take(file: LogFile, said: Mark, place: Omit<Added, "facts"> | undefined, unite: boolean): void {
    if ("add" in said) {
      const { id } = said.add;
      if (place === undefined || file.adds.has(id)) return;
      const added = { facts: said.add, ...place };
      file.adds.set(id, added);
      if (unite) uniteAdd(file, id, added);
    } else if ("gone" in said) {
      for (const id of said.gone.ids) {
        file.gone.set(id, said.gone.why);
        if (unite) uniteGone(id, said.gone.why);
      }
    } else if ("refused" in said) {
      file.refused.push(said.refused);
      if (unite) uniteGone(said.refused.id, "sent");
    } else if ("lost" in said) {
      file.lost = sumOf(file.lost, said.lost);
    } else {
      for (const stem of said.replaces) file.replaces.add(stem);
    }
  }

  function takeLine(file: LogFile, line: Buffer, at: number, unite: boolean): void {
    if (line.length === 0) return;
    const parsed = parseLine(line);
    if (parsed === undefined) {
      file.lost = sumOf(file.lost, { ...nothingLost, damaged: 1 });
      return;
    }
    const place =
      "eventStart" in parsed
        ? { start: at + parsed.eventStart, length: line.length - parsed.eventStart, lineBytes: line.length + 1 }
        : undefined;
    take(file, parsed.mark, place, unite);
  }

  /** @returns false where the file is gone */
  async function readMore(file: LogFile, unite: boolean): Promise<boolean> {
    const path = join(folder, file.name);
    try {
      if ((await disk.facts(path)).size <= file.size) return true;
      const handle = await disk.open(path, "read");
      try {
        const chunk = Buffer.alloc(chunkBytes);
        let rest: Buffer = Buffer.alloc(0);
        for (let isMore = true; isMore; ) {
          const length = await handle.read(chunk, file.readTo + rest.length);
          const data = Buffer.concat([rest, chunk.subarray(0, length)]);
          let from = 0;
          for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, from)) {
            takeLine(file, data.subarray(from, end), file.readTo + from, unite);
            from = end + 1;
          }
          file.readTo += from;
          rest = data.subarray(from);
          file.size = file.readTo + rest.length;
          isMore = length === chunk.length && rest.length <= maxLineBytes;
        }
      } finally {
        await handle.close();
      }
      version += 1;
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
      if (await readMore(file, isUnited && counts(file))) files.set(stem, file);
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
      take(memory, said, undefined, true);
      version += 1;
    },
    forgetRemembered() {
      memory = emptyFile("", "");
      version += 1;
    },
  };
}

function emptyFile(stem: string, name: string): LogFile {
  return {
    stem,
    name,
    readTo: 0,
    size: 0,
    adds: new Map(),
    gone: new Map(),
    refused: [],
    lost: nothingLost,
    replaces: new Set(),
  };
}

export function sumOf(a: LostCounts, b: LostCounts): LostCounts {
  return { cap: a.cap + b.cap, disk: a.disk + b.disk, damaged: a.damaged + b.damaged };
}
