/** Where the server's log goes: JSON a line for what collects logs, a readable line for a person at a terminal. */
import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { pino } from "pino";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { Log } from "../log.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ["json", "text"] as const;
export type LogFormat = (typeof logFormats)[number];

export interface ServerLogOptions {
  readonly to: Writable;
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly colours: boolean;
  readonly clock: Clock;
}

export function createServerLog({ to, level, format, colours, clock }: ServerLogOptions): Log {
  const write =
    format === "json" ? (line: string) => to.write(line) : (line: string) => to.write(textLine(line, colours));
  return pino(
    {
      level,
      // Neither process id nor host: whatever collects the lines knows them.
      base: null,
      timestamp: () => `,"time":"${timestampOf(clock)}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}

const colourOf: Record<string, "dim" | "green" | "yellow" | "red"> = {
  debug: "dim",
  info: "green",
  warn: "yellow",
  error: "red",
};

/** `09:05:00.123 info  answered  route=/v1/events status=200` */
function textLine(line: string, colours: boolean): string {
  const { level, time, msg, ...facts } = JSON.parse(line) as Record<string, string>;
  const paint = (style: "dim" | "green" | "yellow" | "red", text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const shown = Object.entries(facts).map(([name, fact]) => `${paint("dim", `${name}=`)}${fact}`);
  const clockTime = (time ?? "").slice("2026-01-31T".length, -1);
  return `${paint("dim", clockTime)} ${paint(colourOf[level ?? ""] ?? "dim", (level ?? "").padEnd(5))} ${[msg, ...shown].join("  ")}\n`;
}
