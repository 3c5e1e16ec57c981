/** Usage in money. A model has a price by its configuration alone; the builtin model costs nothing. */
import type { Usage } from "../../shared/records/prediction.ts";
import type { Prices } from "../configuration/prices.ts";
import { ConfigurationError } from "../errors.ts";
import { isBuiltin } from "./builtin-id.ts";
import type { Model } from "./model.ts";

const tokensPerPrice = 1_000_000;

const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
type TokenPrices = Omit<Prices, "asOf" | "batch">;

/** Anthropic's Message Batches, where `prices.batch` says no other. */
const batchShare = 0.5;
/** What is kept for an hour costs twice the input's price to write, for five minutes 1.25 times: Anthropic's prompt caching. */
const hourShare = 2 / 1.25;

/** In US dollars. */
export function costUsd(usage: Readonly<Usage>, prices: TokenPrices): number {
  return (
    (usage.inputTokens * prices.input +
      usage.outputTokens * prices.output +
      usage.cacheReadTokens * prices.cacheRead +
      usage.cacheWriteTokens * prices.cacheWrite) /
    tokensPerPrice
  );
}

/** What the same costs in a batch, whose prompts' common part is kept for an hour. */
export function batchPrices({ batch, input, output, cacheRead, cacheWrite }: Prices): TokenPrices {
  return (
    batch ?? {
      input: input * batchShare,
      output: output * batchShare,
      cacheRead: cacheRead * batchShare,
      cacheWrite: cacheWrite * batchShare * hourShare,
    }
  );
}

/** Undefined where nobody has said what it costs. */
export function pricesOf({ id, prices }: Pick<Model, "id" | "prices">): TokenPrices | undefined {
  return prices ?? (isBuiltin(id) ? free : undefined);
}

/**
 * @param asks what would have to know the price, as a sentence begins: `--dry-run`
 * @throws ConfigurationError where nobody has said what it costs
 */
export function requiredPrices(model: Pick<Model, "id" | "prices">, asks: string): TokenPrices {
  const prices = pricesOf(model);
  if (prices !== undefined) return prices;
  throw new ConfigurationError(
    `${asks} needs to know what ${model.id} costs, and no price is known for it. Give the model a name under models: in ` +
      `stillpoint.yaml, with its vendor's prices in US dollars per million tokens and the day on which you read them: ` +
      `prices: { input: …, output: …, cacheRead: …, cacheWrite: …, asOf: YYYY-MM-DD }. What is free costs 0.`,
  );
}

/** `$1.23`, and four places below a cent. */
export function formatUsd(usd: number): string {
  const places = usd > 0 && usd < 0.01 ? 4 : 2;
  return usd.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
}

export function addUsage(sum: Usage, more: Readonly<Usage>): void {
  sum.inputTokens += more.inputTokens;
  sum.outputTokens += more.outputTokens;
  sum.cacheReadTokens += more.cacheReadTokens;
  sum.cacheWriteTokens += more.cacheWriteTokens;
}
