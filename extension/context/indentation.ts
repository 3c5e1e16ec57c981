/** How far lines stand in, which in most code says what belongs to what. */

/** A tab counts as far as the next multiple. */
const tabWidth = 4;

/** In columns; null for a blank line. */
export function indentationOf(line: string): number | null {
  let columns = 0;
  for (const character of line) {
    if (character === " ") columns++;
    else if (character === "\t") columns += tabWidth - (columns % tabWidth);
    else return columns;
  }
  return null;
}
