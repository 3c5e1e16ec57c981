/**
 * Lines of an LF-normalised text as an editor counts them: from 0, and a text that ends with a line end has an empty
 * last line, so that `"a\n"` has two lines and `""` has one.
 */

/** The offset of each line's first character, ascending; the first is 0. Made once per text, it makes look-ups cheap. */
export type LineStarts = readonly number[];

export function lineStarts(text: string): LineStarts {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The line that `offset` stands on; behind the text's end, the last line. */
export function lineAt(starts: LineStarts, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Where `line` begins. A line behind the last begins nowhere.
 * @throws RangeError for a line that the text does not have.
 */
export function offsetOfLine(starts: LineStarts, line: number): number {
  const offset = starts[line];
  if (offset === undefined) throw new RangeError(`line ${line} of a text that has ${starts.length}`);
  return offset;
}

/**
 * The text cut behind each line end, as diffs count lines: `"a\nb"` is `"a\n"` and `"b"`, `"a\n"` is one line and `""`
 * none. Joined they are the text again. A CR is a character like any other.
 */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", start)) {
    lines.push(text.slice(start, at + 1));
    start = at + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}
