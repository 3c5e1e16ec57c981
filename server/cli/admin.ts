/** What the commands that administer a server have in common. */
import { systemClock } from "../clock.ts";
import { loadConfiguration } from "../configuration/configuration.ts";
import type { Ask } from "../serve/admin-client.ts";
import { withServer } from "../serve/admin-client.ts";
import type { CliContext } from "./context.ts";

/** Of every such command's help. */
export const reachHelp = `
Where a server runs on the data folder, it is asked, with the token in
DATA/admin-token or STILLPOINT_TOKEN; where none runs, the folder is opened.
Both are in the audit log.`;

/** @param about the command: `stillpoint token` */
export async function administer<Result>(
  cli: CliContext,
  about: string,
  work: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  const { dataDir, dataDirShown, configFile, env, signal } = cli;
  const configuration = loadConfiguration({ dataDir, configFile, env });
  keepToOwner();
  return await withServer({ dataDir, dataDirShown, configuration, env, about, clock: systemClock, signal }, work);
}

/** What a server keeps is other people's code: files made from now on are for their owner alone. */
export function keepToOwner(): void {
  process.umask(0o077);
}

/** Rows in columns, under a heading where somebody reads them at a terminal. The last column is not padded. */
export function printColumns(cli: CliContext, heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  cli.print(cli.style("dim", line(heading)));
  for (const row of rows) cli.print(line(row));
}

/** `2026-01-31 09:05` in UTC; `–` for never. */
export function minuteOf(timestamp: string | undefined): string {
  return timestamp === undefined ? "–" : timestamp.slice(0, "2026-01-31T09:05".length).replace("T", " ");
}
