/** Markdown in which a person's code cannot be mistaken for markup: it stands in fences and code spans alone. */

/** A fenced block; the fence is longer than any run of backticks in the text. */
export function fence(text: string, language = ""): string {
  const marks = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${marks}${language.replace(/[^\w+#-]/gu, "")}\n${text}${text.endsWith("\n") || text === "" ? "" : "\n"}${marks}`;
}

/** A code span on one line. */
export function code(text: string): string {
  const line = text.replace(/[\r\n\u2028\u2029]+/gu, " ");
  if (line.trim() === "") return "` `";
  const marks = "`".repeat(longestRun(line) + 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${marks}${space}${line}${space}${marks}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length));
}
