/**
 * What a model costs. Prices are data of the configuration, with the day on which somebody read them: Stillpoint ships
 * none, and they stand in no example and no dataset.
 */
import * as z from "zod/mini";

/** US dollars per million tokens. */
const usdPerMillion = z.number().check(z.nonnegative());

/** All four, since none has a default: what is free is 0. */
const tokenPrices = {
  input: usdPerMillion,
  output: usdPerMillion,
  /** Input that the vendor's prompt cache holds, and input that goes into it. */
  cacheRead: usdPerMillion,
  cacheWrite: usdPerMillion,
};

export const pricesConfiguration = z.strictObject({
  ...tokenPrices,
  /** Of what is bought in batches; half of the others where it is left out. */
  batch: z.optional(z.strictObject(tokenPrices)),
  /** The day on which they were read, such as 2026-10-01. */
  asOf: z.iso.date(),
});
export type Prices = z.infer<typeof pricesConfiguration>;
