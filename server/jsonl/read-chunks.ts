/** The bytes of an open file from its start, as often as wanted: a read stream would close the file with itself. */
import type { FileHandle } from "node:fs/promises";

const chunkBytes = 256 * 1024;

/** Reads by position, so that several readings of one handle do not disturb each other. Each chunk is a new buffer. */
export async function* readChunks(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
