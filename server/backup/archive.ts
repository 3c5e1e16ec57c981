/**
 * A backup is one file in the tar format (POSIX ustar), so that `tar` shows and unpacks it where there is no Stillpoint.
 * Sizes from 8 GiB on are written in base 256, as GNU tar and others do.
 */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { isSystemError } from "../jsonl/faults.ts";
import { writeAll } from "../jsonl/whole-file.ts";

const blockBytes = 512;
const chunkBytes = 1 << 20;
const maxOctalSize = 0o77777777777;

/** Where a field of a header stands, in bytes. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  time: [136, 12],
  checksum: [148, 8],
} as const;
const typeAt = 156;
const magicAt = 257;
const magic = "ustar\u000000";

export interface Entry {
  readonly name: string;
  readonly bytes: number;
}

/** Not an archive of ours, or not a whole one. */
export class DamagedArchive extends Error {}

export class ArchiveWriter {
  readonly #handle: FileHandle;
  readonly #seconds: number;

  /** @param at milliseconds since the epoch, of all entries. The file must not be there. */
  static async create(path: string, at: number): Promise<ArchiveWriter> {
    return new ArchiveWriter(await open(path, "wx", 0o600), Math.floor(at / 1_000));
  }

  private constructor(handle: FileHandle, seconds: number) {
    this.#handle = handle;
    this.#seconds = seconds;
  }

  /** @param content as many bytes as the entry says */
  async add(entry: Entry, content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    await this.#append(headerOf(entry, this.#seconds));
    let bytes = 0;
    for await (const chunk of content) {
      bytes += chunk.length;
      await this.#append(chunk);
    }
    if (bytes !== entry.bytes) throw new Error(`${entry.name} has changed while it was read`);
    await this.#append(Buffer.alloc(paddingOf(bytes)));
  }

  /** On disk when this resolves. */
  async finish(): Promise<void> {
    await this.#append(Buffer.alloc(2 * blockBytes));
    await this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #append(bytes: Buffer): Promise<void> {
    await writeAll(this.#handle, bytes, null);
  }
}

/** One entry as it is read; `content` has to be read to its end before the next is asked for. */
export interface ReadEntry extends Entry {
  readonly content: AsyncIterable<Buffer>;
}

/** @throws DamagedArchive where the file is not what an `ArchiveWriter` finished */
export async function* readArchive(path: string): AsyncGenerator<ReadEntry, void, undefined> {
  const handle = await open(path, "r");
  try {
    for (;;) {
      const header = await readExactly(handle, blockBytes);
      if (header.every((byte) => byte === 0)) return;
      const entry = entryOf(header);
      yield { ...entry, content: contentOf(handle, entry.bytes) };
    }
  } catch (error) {
    if (isSystemError(error) && error.code === "EISDIR") throw new DamagedArchive("it is a folder");
    throw error;
  } finally {
    await handle.close();
  }
}

/** What is hashed as it passes. */
export interface Hashing {
  readonly content: AsyncIterable<Buffer>;
  /** SHA-256 in hexadecimal, once all has passed. */
  sha256(): string;
}

export function hashing(content: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): Hashing {
  const hash = createHash("sha256");
  async function* pass() {
    for await (const chunk of content) {
      hash.update(chunk);
      onBytes(chunk.length);
      yield chunk;
    }
  }
  return { content: pass(), sha256: () => hash.digest("hex") };
}

async function* contentOf(handle: FileHandle, bytes: number): AsyncGenerator<Buffer, void, undefined> {
  for (let left = bytes; left > 0; ) {
    const chunk = await readExactly(handle, Math.min(chunkBytes, left));
    left -= chunk.length;
    yield chunk;
  }
  await readExactly(handle, paddingOf(bytes));
}

async function readExactly(handle: FileHandle, bytes: number): Promise<Buffer> {
  const chunk = Buffer.alloc(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(chunk, done, bytes - done, null);
    if (bytesRead === 0) throw new DamagedArchive("it ends too early");
    done += bytesRead;
  }
  return chunk;
}

function headerOf({ name, bytes }: Entry, seconds: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(name, fields.name[0], fields.name[1], "ascii");
  writeOctal(header, fields.mode, 0o600);
  writeOctal(header, fields.owner, 0);
  writeOctal(header, fields.group, 0);
  if (bytes <= maxOctalSize) writeOctal(header, fields.size, bytes);
  else {
    const [start, length] = fields.size;
    header.writeUInt8(0x80, start);
    header.writeBigUInt64BE(BigInt(bytes), start + length - 8);
  }
  writeOctal(header, fields.time, seconds);
  header.write("0", typeAt, "ascii");
  header.write(magic, magicAt, "latin1");
  header.write(`${checksumOf(header).toString(8).padStart(6, "0")}\u0000 `, fields.checksum[0], "latin1");
  return header;
}

function entryOf(header: Buffer): Entry {
  const [nameAt, nameBytes] = fields.name;
  const [checksumAt] = fields.checksum;
  const checksum = Number.parseInt(header.toString("latin1", checksumAt, checksumAt + 6), 8);
  if (header.toString("latin1", magicAt, magicAt + magic.length) !== magic || checksum !== checksumOf(header)) {
    throw new DamagedArchive("it is no backup of Stillpoint's, or damaged");
  }
  const [sizeAt, sizeBytes] = fields.size;
  const bytes =
    header[sizeAt] === 0x80
      ? Number(header.readBigUInt64BE(sizeAt + sizeBytes - 8))
      : Number.parseInt(header.toString("latin1", sizeAt, sizeAt + sizeBytes - 1), 8);
  const name = header.toString("ascii", nameAt, nameAt + nameBytes).replace(/\0.*$/su, "");
  if (!Number.isSafeInteger(bytes)) throw new DamagedArchive("it is damaged");
  return { name, bytes };
}

function writeOctal(header: Buffer, [start, length]: readonly [number, number], value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, "0")}\u0000`, start, "latin1");
}

/** The sum of all bytes, those of the sum itself taken as spaces. */
function checksumOf(header: Buffer): number {
  const [start, length] = fields.checksum;
  let sum = 0;
  for (let at = 0; at < header.length; at++) sum += at >= start && at < start + length ? 0x20 : (header[at] ?? 0);
  return sum;
}

function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}
