/**
 * What a subcommand sees of the process: its streams, variables, folder and signal. It comes in as an argument, so
 * that a test runs a command in process, with streams of its own.
 */
import { join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import type { TextStyle } from "../reports/terminal.ts";
import { wrap } from "../reports/terminal.ts";

/** Columns assumed where the output is no terminal. */
const defaultColumns = 80;

/** Back to the first column, and nothing from there on (ECMA-48 EL). */
const eraseLine = "\r\u001b[K";

/** A stream of the process; only a terminal has the last two. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface CliProcess {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by SIGINT and SIGTERM, and when nobody reads standard output any more. */
  readonly signal: AbortSignal;
  /** From now on, standard error that takes no more ends nothing: for a command that is there for more than to tell. */
  outliveStderr?(): void;
}

/** Options that stand before or behind any subcommand. */
export interface GlobalOptions {
  readonly data?: string;
  readonly config?: string;
  readonly quiet?: boolean;
}

export interface CliContext extends CliProcess {
  /** DATA as an absolute path: `--data`, else `STILLPOINT_DATA`, else `./.stillpoint`. It need not exist. */
  readonly dataDir: string;
  /** DATA as the person wrote it, for sentences that they can paste. */
  readonly dataDirShown: string;
  /** `--config`, else `STILLPOINT_CONFIG`, as an absolute path; undefined: `DATA/stillpoint.yaml`, if there is one. */
  readonly configFile: string | undefined;
  /** No progress and no summary; warnings and errors still. */
  readonly quiet: boolean;
  /** Somebody would have to type what a command reads. */
  readonly stdinIsTerminal: boolean;
  /** Width of the terminal that shows standard output; 80 where there is none. */
  readonly columns: number;
  /** What the command ends with unless it throws; a command sets it by `exitWith`. */
  readonly exitCode: number;
  exitWith(code: number): void;
  /** Whether a signal is how the command is meant to end, and no interruption. */
  readonly endsBySignal: boolean;
  /** Said by a command that runs until it is told to stop, once it has come to rest. */
  endBySignal(): void;
  /** Absolute path of what the person wrote, relative to where they stand. */
  path(written: string): string;
  /** One line, or several, on standard output. */
  print(text?: string): void;
  /** A sentence on standard error, in the same words once only. */
  warn(sentence: string): void;
  /** One line on standard error, unless `--quiet`. */
  note(line: string): void;
  /**
   * Shows a line at the bottom of the terminal until the next one, or undefined, takes its place; whatever is printed
   * in between stands above it. Does nothing where standard error is no terminal.
   */
  status(line: string | undefined): void;
  /** Coloured where standard output is a terminal that takes colours and NO_COLOR is not set. */
  style(style: TextStyle, text: string): string;
}

/** @param options asked on every use, since a context exists before the arguments are parsed. */
export function cliContext(process: CliProcess, options: () => GlobalOptions): CliContext {
  const warned = new Set<string>();
  let exitCode = 0;
  let endsBySignal = false;
  let status: string | undefined;
  const above = (stream: OutputStream, text: string): void => {
    if (status === undefined) {
      stream.write(text);
      return;
    }
    process.stderr.write(eraseLine);
    stream.write(text);
    process.stderr.write(status);
  };
  return {
    ...process,
    get dataDir() {
      return resolve(process.cwd, this.dataDirShown);
    },
    get dataDirShown() {
      return options().data ?? nonEmpty(process.env["STILLPOINT_DATA"]) ?? join(".", ".stillpoint");
    },
    get configFile() {
      const written = options().config ?? nonEmpty(process.env["STILLPOINT_CONFIG"]);
      return written === undefined ? undefined : resolve(process.cwd, written);
    },
    get quiet() {
      return options().quiet ?? false;
    },
    stdinIsTerminal: (process.stdin as { isTTY?: boolean }).isTTY === true,
    get columns() {
      return process.stdout.columns ?? defaultColumns;
    },
    get exitCode() {
      return exitCode;
    },
    exitWith(code) {
      exitCode = code;
    },
    get endsBySignal() {
      return endsBySignal;
    },
    endBySignal() {
      endsBySignal = true;
    },
    path: (written) => resolve(process.cwd, written),
    print(text = "") {
      above(process.stdout, `${text}\n`);
    },
    warn(sentence) {
      if (warned.has(sentence)) return;
      warned.add(sentence);
      above(process.stderr, wrapped(process.stderr, `stillpoint: ${sentence}\n`));
    },
    note(line) {
      if (!this.quiet) above(process.stderr, `${line}\n`);
    },
    status(line) {
      if (!process.stderr.isTTY || line === status) return;
      process.stderr.write(`${status === undefined ? "" : eraseLine}${line ?? ""}`);
      status = line;
    },
    style: (style, text) => styled(process.stdout, process.env, style, text),
  };
}

/** Sentences put into lines of a terminal's width, each with its own indent; elsewhere as they are, one to a line. */
export function wrapped(stream: OutputStream, text: string): string {
  const { columns } = stream;
  if (!stream.isTTY || columns === undefined) return text;
  const fitted = (line: string): string => {
    if (line.length <= columns) return line;
    const indent = /^ */u.exec(line)?.[0] ?? "";
    const rows = wrap(line.trim(), Math.max(1, columns - indent.length));
    return rows.map((row) => `${indent}${row}`).join("\n");
  };
  return text.split("\n").map(fitted).join("\n");
}

function styled(stream: OutputStream, env: CliProcess["env"], style: TextStyle, text: string): string {
  const plain = !stream.isTTY || nonEmpty(env["NO_COLOR"]) !== undefined || env["TERM"] === "dumb";
  return plain ? text : styleText(style, text, { validateStream: false });
}

/** A variable that is set to nothing counts as not set. */
function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
