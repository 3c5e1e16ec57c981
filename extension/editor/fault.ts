/** An error as the log may hold it. */

/** What VS Code rejects everything with that is still asked of it when the window closes: no fault. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && error.name === "Canceled";
}

/**
 * The kind of an error and where it was thrown. Its message is left out: a parser's quotes what it could not read, which
 * may be a person's code.
 */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  const { stack = "", message } = error;
  // A message may have lines that read like frames. Where it was changed since, nobody can tell them apart.
  const at = stack.indexOf(message);
  const behind = at < 0 ? "" : stack.slice(at + message.length);
  const frames = behind.split("\n").filter((line) => /^\s+at /u.test(line));
  return [`${error.name}${code}`, ...frames].join("\n");
}
