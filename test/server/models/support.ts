/** What the tests of models share: a data folder, models over it, waiting without waiting. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, vi } from "vitest";
import type { Configuration, ModelConfiguration } from "../../../server/configuration/configuration.ts";
import type { Budget } from "../../../server/models/budget.ts";
import type { Models } from "../../../server/models/models.ts";
import { createModels } from "../../../server/models/models.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

/** Runs after the test, the latest first. */
export function afterwards(step: () => unknown): void {
  cleanUp.push(step);
}

export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-models-"));
  afterwards(() => rmSync(folder, { recursive: true }));
  return folder;
}

export interface TestModels extends Models {
  readonly warnings: string[];
}

export function modelsOf(options: {
  readonly dataDir?: string;
  readonly env?: Record<string, string>;
  readonly models?: Record<string, ModelConfiguration>;
  readonly budget?: Budget;
}): TestModels {
  const configuration: Configuration = { concurrency: 4, seed: 1, models: options.models ?? {}, file: undefined };
  const warnings: string[] = [];
  const models = createModels({
    configuration,
    dataDir: options.dataDir ?? dataFolder(),
    env: options.env ?? {},
    budget: options.budget,
    warn: (sentence) => warnings.push(sentence),
  });
  afterwards(() => models.close());
  return Object.assign(models, { warnings });
}

/** The SDKs wait up to 8 s before they try again. Here they wait 1 ms; longer times (their timeouts) stay as they are. */
export function withoutBackoff(): void {
  const real = globalThis.setTimeout;
  const longestBackoffMs = 10_000;
  const hurried = ((work: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
    real(work, ms !== undefined && ms <= longestBackoffMs ? Math.min(ms, 1) : ms, ...given)) as typeof setTimeout;
  vi.stubGlobal("setTimeout", hurried);
  afterwards(() => vi.unstubAllGlobals());
}
