/** How far two raters agree beyond what chance alone would make them. */

/** Items by what the two raters said of each. */
export interface Agreement {
  readonly bothGood: number;
  readonly bothBad: number;
  readonly goodThenBad: number;
  readonly badThenGood: number;
}

/**
 * Cohen's kappa, (pₒ − pₑ) / (1 − pₑ): pₒ is the share of items on which both agree, pₑ the share on which they would by
 * chance, from how often each says what (J. Cohen, A coefficient of agreement for nominal scales, Educational and
 * Psychological Measurement 20, 1960). From −1 to 1. Null where there is no item, or where both always say the same word,
 * so that chance alone explains all.
 */
export function cohensKappa({ bothGood, bothBad, goodThenBad, badThenGood }: Agreement): number | null {
  const items = bothGood + bothBad + goodThenBad + badThenGood;
  // In items squared, so that what is exactly 1 is seen to be.
  const observed = (bothGood + bothBad) * items;
  const chance =
    (bothGood + goodThenBad) * (bothGood + badThenGood) + (bothBad + badThenGood) * (bothBad + goodThenBad);
  const most = items * items;
  return most === chance ? null : (observed - chance) / (most - chance);
}
