/** What the extension does before anybody has agreed to anything: next to nothing, and it says so. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Contributor } from "./contributor.ts";
import { newContributor, outboxFolder, pictures, soon, status } from "./contributor.ts";

let contributor: Contributor;

beforeAll(async () => {
  contributor = await newContributor({
    walkthrough: true,
    files: { "src/greet.ts": "export function greet(name: string) {\n  return name;\n}\n" },
  });
});

afterAll(() => contributor?.end());

it("opens its walkthrough after it was installed, and nothing else", async () => {
  const { workbench } = contributor;
  await workbench.walkthrough("Contribute Your Editing with Stillpoint").waitFor();
  await pictures(contributor, "walkthrough");
  for (const step of ["Say where it may go", "Read one of your own, then decide", "Change your mind at any time"]) {
    await workbench.walkthrough(step).click();
    await workbench.picture(`walkthrough-${step.replaceAll(/\W+/gu, "-")}`);
  }
});

it("shows one status item, off, offers to start contributing, and keeps nothing", async () => {
  const { workbench } = contributor;
  await workbench.openFile("src/greet.ts");
  await expect.poll(() => status(contributor), soon).toBe("Stillpoint: Off: nothing is captured here.");
  await pictures(contributor, "status-off");
  expect(await workbench.offers("Stillpoint: Start Contributing in This Workspace")).toBe(true);
  expect(await workbench.offers("Stillpoint: Snooze")).toBe(false);
  await workbench.statusItem(/stillpoint/iu).click();
  await workbench.quickPick("Start Contributing in This Workspace").waitFor();
  await pictures(contributor, "menu-off");
  expect(existsSync(outboxFolder(contributor))).toBe(false);
});
