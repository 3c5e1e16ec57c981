/** Commands that are printed for a person to paste into a shell. */

/** The command on one line, or, where that is too long, on several that a shell reads as one. */
export function commandLines(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = "   ";
  for (const part of parts) {
    if (lines.length === 0 && line.trim() === "") line = `    ${part}`;
    else if (line.length + part.length + 3 <= columns) line += ` ${part}`;
    else {
      lines.push(`${line} \\`);
      line = `      ${part}`;
    }
  }
  return [...lines, line];
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
