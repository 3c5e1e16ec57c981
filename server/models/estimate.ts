/**
 * What would be spent, from what a dry run found: a low, an expected and a high figure. Whatever can be measured is, by
 * the answers that the cache holds or the vendor's counter; the rest is guessed, and its bounds say so.
 */
import type { Prices } from "../configuration/prices.ts";
import { costUsd } from "./cost.ts";
import type { DryFigures } from "./dry-model.ts";
import { bytesPerToken } from "./dry-model.ts";

/** With fewer answers in the cache nothing is learned from them. */
const fewAnswers = 8;
/** Text takes 3 to 4 bytes a token: see `prompts/tokens.ts`. */
const mostBytesPerToken = 4;
const fewestBytesPerToken = 3;
/** A guess at an answer's length may be wrong by this much, either way. */
const guessFactor = 3;
/** Standard errors on either side, about 95%. */
const standardErrors = 2;
/** No measure is better than this. */
const leastBand = 0.02;

export interface Range {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
}

/** How the two parts were found. */
export type InputBasis = "cache" | "counter" | "bytes";
export type OutputBasis = "cache" | "guess";

export interface Estimate {
  readonly usd: Range;
  readonly input: InputBasis;
  readonly output: OutputBasis;
}

/** What a vendor's counter said of some prompts: tokens a byte of each. */
export type Counted = readonly number[];

/** @param counted undefined where there is no counter */
export function estimateOf(figures: DryFigures, prices: Omit<Prices, "asOf">, counted: Counted | undefined): Estimate {
  const input = inputUsd(figures, prices, counted);
  const output = outputTokens(figures);
  const perToken = prices.output / 1_000_000;
  return {
    usd: sumRanges([input.usd, scaled(output.tokens, perToken)]),
    input: input.basis,
    output: output.basis,
  };
}

function inputUsd(
  { inputBytes, known }: DryFigures,
  prices: Omit<Prices, "asOf">,
  counted: Counted | undefined,
): { readonly usd: Range; readonly basis: InputBasis } {
  if (known.requests >= fewAnswers) {
    // In dollars, not tokens, since what a vendor's prompt cache takes off is in it.
    const perByte = costUsd({ ...known.usage, outputTokens: 0 }, prices) / known.inputBytes;
    return { usd: banded(perByte * inputBytes, leastBand + 1 / known.requests), basis: "cache" };
  }
  const perToken = prices.input / 1_000_000;
  if (counted !== undefined && counted.length > 0) {
    const { mean, error } = meanOf(counted);
    return { usd: banded(mean * inputBytes * perToken, Math.max(leastBand, standardErrors * error)), basis: "counter" };
  }
  const tokens = (bytes: number) => (inputBytes / bytes) * perToken;
  return {
    usd: { low: tokens(mostBytesPerToken), expected: tokens(bytesPerToken), high: tokens(fewestBytesPerToken) },
    basis: "bytes",
  };
}

function outputTokens({ guessedOutput, toBuy, known }: DryFigures): { tokens: Range; basis: OutputBasis } {
  if (known.answers < fewAnswers) {
    const tokens = { low: guessedOutput / guessFactor, expected: guessedOutput, high: guessedOutput * guessFactor };
    return { tokens, basis: "guess" };
  }
  const { answers, ratios, squaredRatios } = known;
  const ratio = known.usage.outputTokens / known.guessedOutput;
  const mean = ratios / answers;
  const deviation = Math.sqrt(Math.max(0, squaredRatios / answers - mean ** 2)) / Math.max(mean, Number.MIN_VALUE);
  const error = deviation * Math.sqrt(1 / answers + 1 / Math.max(1, toBuy));
  const band = Math.max(leastBand, standardErrors * error);
  return { tokens: banded(ratio * guessedOutput, band), basis: "cache" };
}

/** With the standard error of the mean, relative to it. */
function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) / mean };
}

function banded(expected: number, band: number): Range {
  return { low: expected * Math.max(0, 1 - band), expected, high: expected * (1 + band) };
}

export function scaled({ low, expected, high }: Range, factor: number): Range {
  return { low: low * factor, expected: expected * factor, high: high * factor };
}

export function sumRanges(ranges: readonly Range[]): Range {
  return ranges.reduce(
    (sum, range) => ({
      low: sum.low + range.low,
      expected: sum.expected + range.expected,
      high: sum.high + range.high,
    }),
    { low: 0, expected: 0, high: 0 },
  );
}
