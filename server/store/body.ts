/**
 * Bodies as they lie in the database: Zstandard (RFC 8878) frames of UTF-8. At its default level it made 3.6 KB of an
 * event's canonical JSON 31% in 25 µs, where deflate made it 28% in 50 µs; it also reads back in less than half the time.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { DatabaseFault } from "./database-fault.ts";

/** Of the buffer that is filled: an event's body mostly fits into one. */
const chunkBytes = 8_192;

/** With a checksum, since SQLite has none: a damaged page is told from an event. */
export function packed(text: string): Uint8Array {
  return zstdCompressSync(text, { chunkSize: chunkBytes, params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** @throws DatabaseFault where it is not what was packed */
export function unpacked(body: Uint8Array): string {
  try {
    return zstdDecompressSync(body, { chunkSize: chunkBytes }).toString("utf8");
  } catch (error) {
    throw new DatabaseFault("corrupt", "a stored body is damaged: it does not unpack", error);
  }
}
