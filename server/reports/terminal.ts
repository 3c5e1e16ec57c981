/** Text for a terminal of any width, and for a pipe: tables, bars, wrapped lines. Colour is the caller's to grant. */

export type TextStyle = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** What a page is drawn on. `style` gives the text back as it is where there is no colour. */
export interface Page {
  readonly columns: number;
  style(style: TextStyle, text: string): string;
}

const thousands = new Intl.NumberFormat("en-US");

/** `12,345`; the same on every machine. */
export function formatCount(count: number): string {
  return thousands.format(count);
}

/** `85%`; anything above none is at least `<1%`, and anything below all at most `99%`. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 1) return "<1%";
  if (part < whole && percent > 99) return "99%";
  return `${Math.round(percent)}%`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A bar of `width` cells in eighths, for `share` from 0 to 1; never empty for something, never full for less than all. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const shown = share > 0 ? Math.max(1, share < 1 ? Math.min(eighths, width * 8 - 1) : eighths) : 0;
  return "█".repeat(shown >> 3) + (["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][shown & 7] ?? "");
}

/** Words put into lines of at most `width`; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/u)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** At most `width` characters, the last a `…` where some are missing. */
export function clip(text: string, width: number): string {
  const chars = [...text];
  return chars.length <= width ? text : `${chars.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/**
 * Text out of an example, made safe to print: a control character could move the cursor, clear the screen or set the
 * window's title. Tabs become two spaces, so that widths hold.
 */
export function printable(text: string): string {
  return text
    .replaceAll("\t", "  ")
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (char) =>
      char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** The same on one line, for a name or a path. */
export function printableName(text: string): string {
  return printable(text).replaceAll("\n", "\\n");
}

/** `reason 12, other 3`, the most frequent first, equals by name. */
export function listCounts(counts: Readonly<Record<string, number>>): string {
  return byCount(counts)
    .map(([name, count]) => `${printableName(name)} ${formatCount(count)}`)
    .join(", ");
}

/** The most frequent first, equals by name, so that the order never depends on the input's. */
export function byCount(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}
