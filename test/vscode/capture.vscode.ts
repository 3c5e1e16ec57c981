/**
 * From consent to the store, as a contributor meets it: a real VS Code with its TypeScript language service, and a real
 * Stillpoint server.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { repositoryRoot } from "./program.ts";
import type { VsCodeServer } from "./server.ts";
import { startVsCodeServer } from "./server.ts";
import type { StillpointServer } from "./stillpoint.ts";
import { startStillpoint } from "./stillpoint.ts";
import type { Workbench } from "./workbench.ts";
import { openWorkbench } from "./workbench.ts";

let folder: string;
let stillpoint: StillpointServer;
let server: VsCodeServer;
let workbench: Workbench;

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
  let sum = 0;
  for (const price of prices) {
    sum += price;
  }
  return sum;
}

export const missing: string = 1;
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-project-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "tsconfig.json"), '{ "compilerOptions": { "strict": true }, "include": ["src"] }\n');
  writeFileSync(join(folder, "src", "tax.ts"), tax);
  writeFileSync(join(folder, "src", "cart.ts"), cart);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.com");
  git("remote", "add", "origin", "https://ada:password1@git.example.com/acme/shop.git");
  git("add", "-A");
  git("commit", "-q", "-m", "Begin");
  stillpoint = await startStillpoint();
  server = await startVsCodeServer();
  workbench = await openWorkbench({ server, folder, extension: repositoryRoot });
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await workbench.picture(`failed-${task.name.replaceAll(/\W+/gu, "-")}`);
});

afterAll(async () => {
  await workbench?.close();
  await server?.stop();
  await stillpoint?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The document within the webview that is shown. */
async function webview(): Promise<Frame> {
  const outer = await workbench.page.waitForSelector("iframe.webview.ready");
  const frame = await outer.contentFrame();
  const inner = await frame?.waitForSelector("#active-frame");
  const page = await inner?.contentFrame();
  if (!page) throw new Error("the webview shows nothing");
  return page;
}

it("goes from consent to one settled snapshot in the store", async () => {
  await workbench.openFile("src/cart.ts");
  await workbench.command("Stillpoint: Connect to Server");
  await workbench.answer("1 of 2", stillpoint.url);
  await workbench.answer("2 of 2", stillpoint.token);
  await workbench.notification("Connected to").waitFor();
  await workbench.picture("connected");
  await workbench.command("Stillpoint: Start Contributing in This Workspace");
  const page = await webview();
  await page.waitForSelector("#switches");
  await workbench.picture("consent");
  await page.check("#snapshots");
  await page.click("#save");
  await page.waitForSelector("#said:not(:empty)");
  await workbench.picture("consent-saved");
  await workbench.openFile("src/cart.ts");
  await workbench.goTo(8, 17);
  await workbench.press("End");
  await workbench.press("ArrowLeft");
  await workbench.type(" + tax");
  await workbench.page.waitForTimeout(600);
  await workbench.type("Of(price, rate)");
  await workbench.goTo(1, 1);
  await workbench.picture("typed");
  await expect
    .poll(() => stillpoint.events().then((events) => events.filter(({ type }) => type === "snapshot.settled").length), {
      timeout: 60_000,
      interval: 500,
    })
    .toBe(1);
  const [event] = (await stillpoint.events()).filter((each) => each.type === "snapshot.settled");
  console.log(JSON.stringify(event, null, 1));
});
