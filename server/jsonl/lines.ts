/**
 * Splits a stream of bytes into lines and holds at most one of them. A line longer than the limit is handed on in
 * parts, so that it can be copied away without being held.
 */

/** A line that holds one example is far below this; one above it is a mistake. */
export const maxLineBytes = 16 * 1024 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export type LinePart =
  | {
      readonly kind: "line";
      /** From 1. */
      readonly number: number;
      /** Without its line end (LF or CRLF) and without the byte order mark that may open a file. */
      readonly bytes: Buffer;
      /** Offset of the first byte behind the line and its line end. */
      readonly end: number;
      /** False only for a last line that the file ends without a line end. */
      readonly ended: boolean;
    }
  | {
      /** A part of a line over the limit, its line end included. */
      readonly kind: "overlong";
      readonly number: number;
      readonly bytes: Buffer;
      readonly first: boolean;
      readonly last: boolean;
    };

/** Every line of `chunks`, blank ones included, in order. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number = maxLineBytes,
): AsyncGenerator<LinePart, void, undefined> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 1;
  let position = 0;
  let overlong = false;

  const take = (end: number, ended: boolean): LinePart => {
    const only = held.length === 1 ? held[0] : undefined;
    const bytes = withoutMarkAndReturn(only ?? Buffer.concat(held, heldBytes), number);
    held = [];
    heldBytes = 0;
    return { kind: "line", number: number++, bytes, end, ended };
  };
  /** What is held, and `more`, as a part of an overlong line. */
  const takePart = (more: Buffer, last: boolean): LinePart => {
    const bytes = heldBytes === 0 ? more : Buffer.concat([...held, more]);
    const part: LinePart = { kind: "overlong", number, bytes, first: !overlong, last };
    held = [];
    heldBytes = 0;
    overlong = !last;
    if (last) number++;
    return part;
  };

  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    while (start < buffer.length) {
      const found = buffer.indexOf(lineFeed, start);
      const end = found === -1 ? buffer.length : found;
      const piece = buffer.subarray(start, end);
      if (overlong || heldBytes + piece.length > maxBytes) {
        yield takePart(buffer.subarray(start, found === -1 ? end : end + 1), found !== -1);
      } else {
        held.push(piece);
        heldBytes += piece.length;
        if (found !== -1) yield take(position + end + 1, true);
      }
      start = end + 1;
    }
    position += buffer.length;
  }
  if (overlong) yield takePart(Buffer.alloc(0), true);
  else if (heldBytes > 0) yield take(position, false);
}

function withoutMarkAndReturn(bytes: Buffer, number: number): Buffer {
  const marked = number === 1 && bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  return bytes.subarray(marked ? byteOrderMark.length : 0, end);
}
