/**
 * The texts around what a snapshot clipped, in a size that can be read through: of a file of normal lines all 64 of a
 * margin, of a line without end what is near its ends.
 */

/** In UTF-16. Longer ones have longer lines than people write: of those the ends are read. */
const maxMarginChars = 65_536;
/** Of each such line, at its beginning and at its end. With 64 lines on both sides of the longest excerpt 58 KB. */
const maxLineEndChars = 128;
/** Of all margins of a snapshot. Hunks that lie side by side have much in common, and still do not come near it. */
const maxTotalChars = 1_000_000;

/** Each once, made when it is asked for; undefined for those behind the last that can be read through. */
export function* boundedMargins(texts: readonly string[]): Iterable<string | undefined> {
  let total = 0;
  for (const text of new Set(texts)) {
    const margin = boundedMargin(text);
    total += margin.length;
    yield total > maxTotalChars ? undefined : margin;
  }
}

/** What is read of one; for whoever holds many of them for a while. */
export function boundedMargin(text: string): string {
  if (text.length <= maxMarginChars) return text;
  return text.split("\n").map(ends).join("\n").slice(0, maxMarginChars);
}

/** On two lines, so that nothing is read together that does not stand together. */
function ends(line: string): string {
  if (line.length <= 2 * maxLineEndChars) return line;
  return `${line.slice(0, maxLineEndChars)}\n${line.slice(-maxLineEndChars)}`;
}
