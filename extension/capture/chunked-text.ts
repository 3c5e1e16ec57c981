/**
 * A long text that is edited often and read in small parts: an array of chunks of about a thousand units each, so that an
 * edit costs what it changes plus one chunk, never the whole text. The place of the last access is remembered, because
 * the next one is nearly always beside it; from there chunks are walked, a thousand of them in a few microseconds.
 */

/** Measured with test/bench/change-handler.bench.ts: 4,096 cost half as much again, 512 no less. */
const chunkUnits = 1_024;
const maxChunkUnits = 2 * chunkUnits;
const minChunkUnits = chunkUnits / 4;

/** Offsets are UTF-16 units, lines end at LF. Offsets and lines outside the text are faults of the caller. */
export interface ChunkedText {
  readonly length: number;
  /** One more than there are line ends. */
  readonly lineCount: number;
  slice(start: number, end: number): string;
  replace(start: number, end: number, newText: string): void;
  /** @throws RangeError for a line that the text does not have. */
  lineStart(line: number): number;
  /** In front of the line's end. */
  lineEnd(line: number): number;
  lineAt(offset: number): number;
}

interface Chunk {
  readonly text: string;
  readonly lineEnds: number;
}

export function chunkedText(text: string): ChunkedText {
  let chunks = cut(text);
  let length = text.length;
  let lineEnds = chunks.reduce((sum, chunk) => sum + chunk.lineEnds, 0);
  /** The chunk of the last access, and what lies in front of it. */
  let index = 0;
  let offsetBefore = 0;
  let lineEndsBefore = 0;

  function chunkAt(at: number): Chunk {
    const chunk = chunks[at];
    if (chunk === undefined) throw new RangeError(`chunk ${at} of ${chunks.length}`);
    return chunk;
  }
  function stepForward() {
    const { text: passed, lineEnds: ends } = chunkAt(index);
    offsetBefore += passed.length;
    lineEndsBefore += ends;
    index++;
  }
  function stepBack() {
    index--;
    const { text: passed, lineEnds: ends } = chunkAt(index);
    offsetBefore -= passed.length;
    lineEndsBefore -= ends;
  }
  /** Goes to a chunk that holds `offset`, or ends there. */
  function seekOffset(offset: number): Chunk {
    while (offset < offsetBefore) stepBack();
    while (offset > offsetBefore + chunkAt(index).text.length) stepForward();
    return chunkAt(index);
  }
  /** Goes to the chunk with the line end that stands in front of `line`; the first chunk for line 0. */
  function seekLine(line: number): Chunk {
    while (index > 0 && line <= lineEndsBefore) stepBack();
    while (line > lineEndsBefore + chunkAt(index).lineEnds) stepForward();
    return chunkAt(index);
  }
  function lineStart(line: number): number {
    if (line < 0 || line > lineEnds) throw new RangeError(`line ${line} of a text that has ${lineEnds + 1}`);
    if (line === 0) return 0;
    const chunk = seekLine(line);
    let at = -1;
    for (let left = line - lineEndsBefore; left > 0; left--) at = chunk.text.indexOf("\n", at + 1);
    return offsetBefore + at + 1;
  }
  function checkRange(start: number, end: number) {
    if (start < 0 || end < start || end > length) throw new RangeError(`${start}–${end} of a text of ${length}`);
  }
  function slice(start: number, end: number): string {
    checkRange(start, end);
    const first = seekOffset(start);
    if (end <= offsetBefore + first.text.length) return first.text.slice(start - offsetBefore, end - offsetBefore);
    const parts = [first.text.slice(start - offsetBefore)];
    let at = offsetBefore + first.text.length;
    for (let next = index + 1; at < end; next++) {
      const { text: part } = chunkAt(next);
      parts.push(at + part.length <= end ? part : part.slice(0, end - at));
      at += part.length;
    }
    return parts.join("");
  }

  return {
    get length() {
      return length;
    },
    get lineCount() {
      return lineEnds + 1;
    },
    slice,
    lineStart,
    lineEnd: (line) => (line < lineEnds ? lineStart(line + 1) - 1 : length),
    lineAt(offset) {
      checkRange(offset, offset);
      const chunk = seekOffset(offset);
      return lineEndsBefore + countLineEnds(chunk.text, offset - offsetBefore);
    },
    replace(start, end, newText) {
      checkRange(start, end);
      const first = seekOffset(start);
      const head = start - offsetBefore;
      let last = index;
      let lastOffset = offsetBefore;
      let ends = first.lineEnds;
      while (end > lastOffset + chunkAt(last).text.length) {
        lastOffset += chunkAt(last).text.length;
        last++;
        ends += chunkAt(last).lineEnds;
      }
      const tail = chunkAt(last).text.slice(end - lastOffset);
      let replaced = first.text.slice(0, head) + newText + tail;
      if (replaced.length < minChunkUnits && last + 1 < chunks.length) {
        last++;
        ends += chunkAt(last).lineEnds;
        replaced += chunkAt(last).text;
      } else if (replaced.length < minChunkUnits && index > 0) {
        stepBack();
        ends += chunkAt(index).lineEnds;
        replaced = chunkAt(index).text + replaced;
      }
      const pieces = cut(replaced);
      if (pieces.length === 1 && last === index) chunks[index] = pieces[0] ?? emptyChunk;
      else chunks = [...chunks.slice(0, index), ...pieces, ...chunks.slice(last + 1)];
      length += newText.length - (end - start);
      lineEnds += pieces.reduce((sum, piece) => sum + piece.lineEnds, 0) - ends;
    },
  };
}

const emptyChunk: Chunk = { text: "", lineEnds: 0 };

/** At least one chunk, none longer than the most. */
function cut(text: string): Chunk[] {
  if (text.length <= maxChunkUnits) return [{ text, lineEnds: countLineEnds(text) }];
  const count = Math.ceil(text.length / chunkUnits);
  const size = Math.ceil(text.length / count);
  const chunks: Chunk[] = [];
  for (let at = 0; at < text.length; at += size) {
    const chunk = ownCopy(text, at, Math.min(at + size, text.length));
    chunks.push({ text: chunk, lineEnds: countLineEnds(chunk) });
  }
  return chunks;
}

/** A slice that stands alone: V8's own would keep the whole text alive for as long as a part of it is used. */
export function ownCopy(text: string, start = 0, end = text.length): string {
  const middle = (start + end) >> 1;
  return [text.slice(start, middle), text.slice(middle, end)].join("");
}

/** Line ends in front of `end`. */
export function countLineEnds(text: string, end = text.length): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
