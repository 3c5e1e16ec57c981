/**
 * The texts around what a snapshot clipped, in a size that can be read through: of a file of normal lines all 64 of a
 * margin, of a line without end what is near its ends.
 */

/** In UTF-16. A margin of 64 lines on either side of the longest excerpt, in lines of 300. */
const maxMarginChars = 65_536;
/** Of each line of a longer margin, at its beginning and at its end. */
const maxLineEndChars = 256;
/** A longer margin is read up to here: 64 such lines on both sides of the longest excerpt. */
const maxShortenedChars = 98_304;
/** Of all margins of a snapshot. Hunks that lie side by side have much in common, and still do not come near it. */
const maxTotalChars = 1_000_000;

/** Each once; undefined where there are more than can be read through. */
export function boundedMargins(texts: readonly string[]): string[] | undefined {
  const margins = [...new Set(texts)].map(bounded);
  const total = margins.reduce((sum, { length }) => sum + length, 0);
  return total <= maxTotalChars ? margins : undefined;
}

function bounded(text: string): string {
  if (text.length <= maxMarginChars) return text;
  return text.split("\n").map(ends).join("\n").slice(0, maxShortenedChars);
}

/** On two lines, so that nothing is read together that does not stand together. */
function ends(line: string): string {
  if (line.length <= 2 * maxLineEndChars) return line;
  return `${line.slice(0, maxLineEndChars)}\n${line.slice(-maxLineEndChars)}`;
}
