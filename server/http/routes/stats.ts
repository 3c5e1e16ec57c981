/** Figures: events by type and day, what became of predictions, how many contribute, and how much room it takes. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { wholeNumber } from "../../../shared/wire/query.ts";
import type { StatisticsAnswer } from "../../../shared/wire/stats.ts";
import { statistics } from "../../../shared/wire/stats.ts";
import { timestampOf } from "../../clock.ts";
import { isSystemError } from "../../jsonl/faults.ts";
import { shareEstimate } from "../../metrics/statistics.ts";
import type { DayCount, OutcomeCount } from "../../store/families/statistics.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";

const defaultDays = 30;
const maxDays = 3_660;
const dayMs = 86_400_000;
/** `2026-01-31` */
const dayLength = 10;

const asked = z.strictObject({
  days: z.optional(
    wholeNumber(1, maxDays).check(z.describe(`How many, today among them; ${defaultDays} where it is left out.`)),
  ),
});

export function statsRoutes({ store, clock, dataDir }: HttpContext): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/stats",
      role: "admin",
      summary: "Figures over everything that is stored.",
      description: "Days are those of the server's clock, in UTC.",
      request: { query: asked },
      response: { description: "The figures of the last days, and of what there is now.", body: statistics },
      handler: async ({ query: { days = defaultDays } }) => {
        const now = clock.now();
        const to = timestampOf(clock).slice(0, dayLength);
        const from = new Date(now - (days - 1) * dayMs).toISOString().slice(0, dayLength);
        const found = await store.statistics.of({ from, to });
        const sizeOfDatabase = (name: string) => sizes(dataDir, (file) => file === name || file.startsWith(`${name}-`));
        const [database, cache, runs, datasets] = await Promise.all([
          sizeOfDatabase("events.db"),
          sizeOfDatabase("cache.db"),
          sizes(join(dataDir, "runs")),
          sizes(join(dataDir, "datasets")),
        ]);
        return {
          body: {
            from,
            to,
            events: { byType: byType(found.days), byDay: byDay(found.days) },
            acceptance: acceptanceOf(found.outcomes),
            contributors: found.contributors,
            storage: {
              events: found.stored.events,
              eventBodies: found.stored.bodyBytes,
              eventBodiesStored: found.stored.storedBytes,
              database,
              cache,
              runs,
              datasets,
            },
          },
        };
      },
    }),
  ];
}

function byType(counts: readonly DayCount[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { type, events } of counts) sums[type] = (sums[type] ?? 0) + events;
  return sums;
}

function byDay(counts: readonly DayCount[]): StatisticsAnswer["events"]["byDay"] {
  return [...Map.groupBy(counts, ({ day }) => day)].map(([day, own]) => ({ day, byType: byType(own) }));
}

const judged = ["accepted", "rejected", "ignored"] as const;

function acceptanceOf(outcomes: readonly OutcomeCount[]): StatisticsAnswer["acceptance"] {
  const others: Record<string, number> = {};
  for (const { outcome, predictions } of outcomes) {
    if (!(judged as readonly string[]).includes(outcome)) others[outcome] = (others[outcome] ?? 0) + predictions;
  }
  const models = Map.groupBy(outcomes, ({ model, variant }) => JSON.stringify([model, variant]));
  return {
    ...counted(outcomes),
    others,
    models: [...models.values()].flatMap((own) =>
      own[0] ? [{ model: own[0].model, variant: own[0].variant, ...counted(own) }] : [],
    ),
  };
}

function counted(outcomes: readonly OutcomeCount[]) {
  const sum = (wanted: string) =>
    outcomes.reduce((total, { outcome, predictions }) => total + (outcome === wanted ? predictions : 0), 0);
  const [accepted, rejected, ignored] = [sum("accepted"), sum("rejected"), sum("ignored")];
  const estimate = shareEstimate(accepted, accepted + rejected + ignored);
  const share = estimate && { value: estimate.value, low: estimate.low, high: estimate.high };
  return { accepted, rejected, ignored, share };
}

/** Bytes of the files in a folder: of those in itself that `wanted` takes, else of all in it. */
async function sizes(folder: string, wanted?: (name: string) => boolean): Promise<number> {
  let total = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && wanted === undefined) total += await sizes(path);
    else if (entry.isFile() && (wanted?.(entry.name) ?? true)) total += await sizeOf(path);
  }
  return total;
}

async function entriesOf(folder: string) {
  return (await unlessGone(readdir(folder, { withFileTypes: true }))) ?? [];
}

async function sizeOf(path: string): Promise<number> {
  return (await unlessGone(stat(path)))?.size ?? 0;
}

/** Files come and go while this looks; what cannot be looked at counts nothing. */
async function unlessGone<Result>(looking: Promise<Result>): Promise<Result | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
