/** One file of the outbox, as far as it was read: each line once, and then only what was added to it. */
import type { OutboxFiles } from "./files.ts";
import type { EventFacts, GoneWhy, LostCounts, Mark, RefusedEvent } from "./lines.ts";
import { nothingLost, parseLine } from "./lines.ts";

export const logEnding = ".log";

const chunkBytes = 262_144;
/** A line that goes on for longer is none of ours. */
const maxLineBytes = 16 * 1_048_576;

export interface Added {
  readonly facts: EventFacts;
  /** In bytes from the file's start. */
  readonly start: number;
  readonly length: number;
  /** Of the whole line. */
  readonly lineBytes: number;
}

/** Where an event stands in its file. */
export type Place = Omit<Added, "facts">;

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

export function stemOf(name: string): string {
  return name.slice(0, name.indexOf("."));
}

export function emptyFile(stem: string, name: string): LogFile {
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

/** Takes a line into what is known of the file. @param place of the event, for an `add` alone */
export function takeMark(file: LogFile, said: Mark, place?: Place): void {
  if ("add" in said) {
    if (place !== undefined && !file.adds.has(said.add.id)) file.adds.set(said.add.id, { facts: said.add, ...place });
  } else if ("gone" in said) {
    for (const id of said.gone.ids) file.gone.set(id, said.gone.why);
  } else if ("refused" in said) {
    file.refused.push(said.refused);
  } else if ("lost" in said) {
    file.lost = sumOf(file.lost, said.lost);
  } else {
    for (const stem of said.replaces) file.replaces.add(stem);
  }
}

/**
 * Reads what was added since the last time.
 * @param took is told each line after it was taken
 * @returns whether there was something to read
 * @throws the system's error
 */
export async function readMore(
  disk: OutboxFiles,
  path: string,
  file: LogFile,
  took: (said: Mark) => void,
): Promise<boolean> {
  if ((await disk.facts(path)).size <= file.size) return false;
  const handle = await disk.open(path, "read");
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let rest: Buffer = Buffer.alloc(0);
    for (let isMore = true; isMore; ) {
      const length = await handle.read(chunk, file.readTo + rest.length);
      const data = Buffer.concat([rest, chunk.subarray(0, length)]);
      let from = 0;
      for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, from)) {
        takeLine(file, data.subarray(from, end), file.readTo + from, took);
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
  return true;
}

function takeLine(file: LogFile, line: Buffer, at: number, took: (said: Mark) => void): void {
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
  takeMark(file, parsed.mark, place);
  took(parsed.mark);
}

export function sumOf(a: LostCounts, b: LostCounts): LostCounts {
  return { cap: a.cap + b.cap, disk: a.disk + b.disk, damaged: a.damaged + b.damaged };
}
