/**
 * What may be spent, by all models together: a hard stop, counted from the usage of each answer as it arrives. What is
 * under way when the budget is reached is waited for, since it is paid for: each worker's request at most.
 */
import { BudgetReached } from "../errors.ts";
import { formatUsd } from "./cost.ts";

export interface Budget {
  readonly limitUsd: number;
  readonly spentUsd: number;
  /**
   * Before each request.
   * @throws BudgetReached where it is spent, as soon as no request is under way any more
   */
  open(): Promise<void>;
  /** After each request that was let through, when what came is stored. @param usd what it cost; 0 where it failed */
  close(usd: number): void;
}

/**
 * @param goOn how the person goes on once it is spent, as a sentence
 * @param spent by earlier attempts at the same
 * @param onSpent hears of all that has been spent, whenever that changes
 */
export function createBudget(
  limitUsd: number,
  goOn: string,
  spent = 0,
  onSpent: (usd: number) => void = () => undefined,
): Budget {
  let spentUsd = spent;
  let underWay = 0;
  let idle = Promise.withResolvers<void>();
  return {
    limitUsd,
    get spentUsd() {
      return spentUsd;
    },
    async open() {
      if (spentUsd < limitUsd) {
        underWay++;
        return;
      }
      while (underWay > 0) await idle.promise;
      throw new BudgetReached(
        `the budget of ${formatUsd(limitUsd)} is reached: ${formatUsd(spentUsd)} were spent. Every answer that was bought is ` +
          `kept. ${goOn}`,
      );
    },
    close(usd) {
      spentUsd += usd;
      if (--underWay === 0) {
        idle.resolve();
        idle = Promise.withResolvers();
      }
      // Last: whoever waits is to hear of it, also where this fails.
      if (usd > 0) onSpent(spentUsd);
    },
  };
}
