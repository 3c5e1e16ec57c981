/**
 * From consent to the store, as a contributor meets it: a real VS Code with its TypeScript language service, and a real
 * Stillpoint server.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { Contributor, Settled } from "./contributor.ts";
import {
  connect,
  decide,
  newContributor,
  pictures,
  readConsent,
  sent,
  soon,
  status,
  thinkWithin,
} from "./contributor.ts";
import { pictureOfFailure } from "./steps.ts";

let contributor: Contributor;

const tax = `export interface Rate {
  percent: number;
}

/** What is added to a price. */
export function taxOf(price: number, rate: Rate): number {
  return (price * rate.percent) / 100;
}
`;
const cart = `import { taxOf } from "./tax";

const rate = { percent: 19 };

export function total(prices: number[]): number {
  let sum = taxOf(0, rate);
  for (const price of prices) {
    sum += price;
  }
  return sum;
}

export const missing: string = 1;
`;
/** Of which an excerpt holds a part: what is far away is no part of what is captured. */
const steps = Array.from(
  { length: 120 },
  (_, step) => `export function step${step}(value: number): number {
  const next = value + ${step};
  return next;
}
`,
).join("\n");

beforeAll(async () => {
  contributor = await newContributor({
    files: {
      "tsconfig.json": '{ "compilerOptions": { "strict": true }, "include": ["src"] }\n',
      "src/tax.ts": tax,
      "src/cart.ts": cart,
      "src/steps.ts": steps,
    },
  });
});

afterEach(({ task }) => pictureOfFailure(contributor, task));

afterAll(() => contributor?.end());

it("goes from consent to one settled snapshot in the store", async () => {
  const { workbench, folder } = contributor;
  await workbench.openFile("src/cart.ts");
  await connect(contributor);
  const page = await readConsent(contributor);
  await pictures(contributor, "consent");
  await page.locator("#save").scrollIntoViewIfNeeded();
  await pictures(contributor, "consent-decision");
  await decide(page);
  await workbench.openFile("src/cart.ts");
  await expect.poll(() => status(contributor), soon).toContain("On: your edits in this file are captured.");
  await workbench.problem().waitFor();
  await pictures(contributor, "status-on");

  await workbench.goTo(8, 17);
  await thinkWithin(contributor, " + taxOf(price", ", rate)");
  // And moves on.
  await workbench.goTo(1, 1);
  await workbench.press("Control+s");

  const [event] = await sent(contributor, 1);
  if (!event) throw new Error("the server has none");
  const { snapshot, settlement } = event;
  const typed = "    sum += price + taxOf(price, rate)";
  const line = snapshot.excerpt.text.slice(0, snapshot.cursor).split("\n").at(-1) ?? "";
  expect(typed.startsWith(line) && line.length > "    sum += price".length, line).toBe(true);
  expect(snapshot.history).toEqual([expect.objectContaining({ path: "src/cart.ts", origin: "typed" })]);
  expect(snapshot.history[0]?.diff).toMatch(/^- {4}sum \+= price;$/mu);
  expect(snapshot.history[0]?.diff).toContain(`+${line}`);
  expect(snapshot.diagnostics).toContainEqual(
    expect.objectContaining({
      message: "Type 'number' is not assignable to type 'string'.",
      severity: 1,
      startLine: 12,
      source: "ts",
    }),
  );
  expect(snapshot.definitions).toContainEqual(
    expect.objectContaining({
      symbol: "taxOf",
      path: "src/tax.ts",
      startLine: expect.any(Number),
      text: expect.stringContaining("export function taxOf(price: number, rate: Rate): number"),
      external: false,
    }),
  );
  expect(snapshot.repo).toMatchObject({ remote: "git.example.com/acme/shop" });

  expect(settlement.quietMs).toBeGreaterThanOrEqual(10_000);
  expect(settlement.provenance).toBe("human");
  const final = readFileSync(join(folder, "src/cart.ts"), "utf8");
  expect(final).toContain(`${typed};\n`);
  expect(final).toContain(settlement.text);
  // What is on the disk now, with the region as it was before, is the document that was captured.
  const before = final.replace(settlement.text, () => regionBefore(snapshot));
  expect(createHash("sha256").update(before).digest("hex")).toBe(snapshot.document.sha256);
});

it("waits on when the region is typed in again at nine seconds, and not when something else is", async () => {
  const { workbench } = contributor;
  await workbench.openFile("src/steps.ts");
  await workbench.goTo(12, 25);
  await workbench.type(" + 5");
  // Stillness itself: a second short of what is needed.
  await workbench.page.waitForTimeout(9_000);
  await workbench.type("7");
  await workbench.page.waitForTimeout(2_000);
  await workbench.goTo(562, 27);
  await thinkWithin(contributor, " + ", "3");

  const events = (await sent(contributor, 3)).slice(1);
  const of = (step: string): Settled => {
    const found = events.find(({ settlement }) => settlement.text.includes(step));
    if (!found) throw new Error(`no region holds ${step}`);
    return found;
  };
  const [near, far] = [of("value + 2 + 57;"), of("value + 112 + 3;")];
  expect(near.settlement.waitedMs).toBeGreaterThan(18_000);
  expect(near.settlement.quietMs).toBeGreaterThanOrEqual(10_000);
  // Ten seconds after its own last edit, and so sooner than ten seconds after the other's.
  expect(Date.parse(near.settlement.settledAt) - Date.parse(far.snapshot.capturedAt)).toBeLessThan(9_700);
  expect(far.settlement.quietMs).toBeGreaterThanOrEqual(10_000);
  expect(far.snapshot.history.map(({ diff }) => diff).join("")).toContain("value + 2 + 57;");
});
