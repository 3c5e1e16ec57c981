/**
 * What is told to operators while a server runs. Facts are single numbers, names and flags: nothing that could hold
 * somebody's code, a token or a path fits in.
 */

export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(facts: LogFacts, sentence: string): void;
  info(facts: LogFacts, sentence: string): void;
  warn(facts: LogFacts, sentence: string): void;
  error(facts: LogFacts, sentence: string): void;
}

/** For a command, whose person hears of faults alone. */
export function warningLog(warn: (sentence: string) => void): Log {
  const tell = (_facts: LogFacts, sentence: string): void => warn(`${sentence}.`);
  const ignore = (): void => undefined;
  return { debug: ignore, info: ignore, warn: tell, error: tell };
}

/** Frames shown of a stack. */
const maxFrames = 8;

/**
 * An error for the log: its kind and where it was thrown. Its message is left out, because many quote what they could
 * not read, and that may be somebody's code.
 */
export function errorFacts(thrown: unknown): LogFacts {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const { code } = thrown as NodeJS.ErrnoException;
  const cause = thrown.cause instanceof Error ? thrown.cause.name : undefined;
  return { error: thrown.name, code: typeof code === "string" ? code : undefined, cause, frames: framesOf(thrown) };
}

/** `append (events.ts:42:7) < …`, the innermost first. The stack begins with the message, whose lines may look like frames. */
function framesOf({ stack = "", message }: Error): string {
  const behind = stack.indexOf(message);
  if (behind < 0) return "";
  return stack
    .slice(behind + message.length)
    .split("\n")
    .filter((line) => /^\s+at /u.test(line))
    .slice(0, maxFrames)
    .map((line) =>
      line
        .trim()
        .slice("at ".length)
        .replace(/(?:file:\/\/)?\/\S*\/(?=[^/\s]+$)/u, ""),
    )
    .join(" < ");
}
