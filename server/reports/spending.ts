/** What models were asked and what that cost, in figures for people and for other programs. */
import type { Usage } from "../../shared/records/prediction.ts";
import type { RunAsked } from "../../shared/wire/runs.ts";
import { formatUsd } from "../models/cost.ts";

/** What one model was asked. */
export interface ModelUse {
  readonly model: string;
  readonly requests: number;
  readonly cached: number;
  /** By kind. */
  readonly failures: Readonly<Record<string, number>>;
  /** Of what was bought. */
  readonly usage: Readonly<Usage>;
  /** Undefined where nobody has said what the model costs. */
  readonly cost: UseCost | undefined;
  /** It is on this machine: without a price nobody wonders what it costs. */
  readonly staysHere: boolean;
}

export interface UseCost {
  readonly costUsd: number;
  /** What the answers that came from the cache had cost. */
  readonly savedUsd: number;
  /** Day of the prices. */
  readonly pricesAsOf: string;
}

/** Of several uses; figures in dollars are missing where one that was asked has no price. */
export function askedOf(uses: readonly ModelUse[]): RunAsked {
  const failures: Record<string, number> = {};
  for (const use of uses) {
    for (const [kind, n] of Object.entries(use.failures)) failures[kind] = (failures[kind] ?? 0) + n;
  }
  const costs = uses.flatMap(({ cost }) => cost ?? []);
  return {
    requests: sum(uses.map(({ requests }) => requests)),
    cached: sum(uses.map(({ cached }) => cached)),
    failures,
    ...(costs.length === uses.length && {
      costUsd: sum(costs.map(({ costUsd }) => costUsd)),
      savedUsd: sum(costs.map(({ savedUsd }) => savedUsd)),
    }),
  };
}

/** `$1.23, saved $0.30`; nothing of a model on this machine that has no price. */
export function costFacts({ cost, staysHere }: Pick<ModelUse, "cost" | "staysHere">): string[] {
  if (cost === undefined) return staysHere ? [] : ["cost unknown"];
  return [formatUsd(cost.costUsd), ...(cost.savedUsd > 0 ? [`the cache saved ${formatUsd(cost.savedUsd)}`] : [])];
}

/**
 * What a run or a stage cost, with what that is for each example that is left, or of whatever: a sentence, or undefined where no model
 * with a price was asked.
 */
export function costSentence(uses: readonly ModelUse[], left: number, of = "example left"): string | undefined {
  const priced = uses.flatMap(({ cost }) => cost ?? []);
  const days = [...new Set(priced.map(({ pricesAsOf }) => pricesAsOf))].sort();
  if (days.length === 0) return undefined;
  const costUsd = sum(priced.map((cost) => cost.costUsd));
  const savedUsd = sum(priced.map((cost) => cost.savedUsd));
  const unknown = uses.filter(({ cost, staysHere, requests }) => cost === undefined && !staysHere && requests > 0);
  const each = left === 0 ? "" : `, ${formatUsd(costUsd / left)} for each ${of}`;
  const besides = unknown.length === 0 ? "" : `; unknown what ${unknown.map(({ model }) => model).join(", ")} cost`;
  return `cost ${formatUsd(costUsd)}${each}; the cache saved ${formatUsd(savedUsd)} (prices of ${days.join(", ")})${besides}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
