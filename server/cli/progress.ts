/** How far a command is: a bar that redraws itself on a terminal, a plain line now and then elsewhere. */
import type { RunAsked } from "../../shared/wire/runs.ts";
import { formatUsd } from "../models/cost.ts";
import { formatCount, listCounts } from "../reports/terminal.ts";
import type { CliContext } from "./context.ts";

const redrawMs = 100;
const plainLineMs = 5_000;
const barCells = 20;
/** A rate over less than this says nothing yet. */
const minRateMs = 1_000;

export interface Progress {
  /**
   * @param share of all the work, from 0 to 1; undefined where nobody knows
   * @param asked of models so far; left out where none is
   */
  update(done: number, share: number | undefined, asked?: () => RunAsked): void;
  /** Takes the bar away. */
  end(): void;
}

/**
 * @param label what is going on, in a word or two
 * @param now milliseconds of a clock that never goes back
 */
export function startProgress(
  cli: Pick<CliContext, "stderr" | "quiet" | "status" | "note">,
  label: string,
  now: () => number = () => performance.now(),
): Progress {
  const terminal = cli.stderr.isTTY === true;
  const startedAt = now();
  const everyMs = terminal ? redrawMs : plainLineMs;
  let shownAt = terminal ? Number.NEGATIVE_INFINITY : startedAt;
  return {
    update(done, share, asked) {
      const at = now();
      if (cli.quiet || at - shownAt < everyMs) return;
      shownAt = at;
      const facts = [progressFacts(done, share, at - startedAt), ...(asked ? askedFacts(asked()) : [])].join(" · ");
      if (!terminal) cli.note(`${label}: ${facts}`);
      else
        cli.status(
          cut(`${label.padEnd(12)} ${share === undefined ? "" : `${bar(share)} `}${facts}`, cli.stderr.columns),
        );
    },
    end() {
      if (!cli.quiet) cli.status(undefined);
    },
  };
}

/** `1,200 · 24% · 96/s · 40 s left` */
function progressFacts(done: number, share: number | undefined, elapsedMs: number): string {
  const facts = [formatCount(done)];
  if (share !== undefined) facts.push(`${Math.floor(share * 100)}%`);
  if (elapsedMs >= minRateMs) {
    const perSecond = done / (elapsedMs / 1_000);
    facts.push(`${perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))}/s`);
    if (share !== undefined && share > 0) facts.push(`${duration((elapsedMs * (1 - share)) / share)} left`);
  }
  return facts.join(" · ");
}

/** `$1.20 · 300 from the cache · failed: refusal 2`; what is 0 is left out. */
function askedFacts({ costUsd, cached, failures }: RunAsked): string[] {
  const failed = listCounts(failures);
  return [
    ...(costUsd === undefined || costUsd === 0 ? [] : [formatUsd(costUsd)]),
    ...(cached === 0 ? [] : [`${formatCount(cached)} from the cache`]),
    ...(failed === "" ? [] : [`failed: ${failed}`]),
  ];
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barCells);
  return `${"█".repeat(full)}${"░".repeat(barCells - full)}`;
}

function cut(line: string, columns = 80): string {
  return line.length < columns ? line : line.slice(0, columns - 1);
}

/** `8 s`, `3 min`, `2 h 5 min` */
function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
