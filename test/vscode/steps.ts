/** What several of these test files do, and only tests can: the benchmark beside them runs without vitest. */
import type { TestContext } from "vitest";
import { expect } from "vitest";
import type { Contributor } from "./contributor.ts";
import { soon, status, thinkWithin } from "./contributor.ts";

/** Opens a file and adds `text` at its end, with a pause before its last three characters. */
export async function edit({ workbench }: Pick<Contributor, "workbench">, path: string, text: string): Promise<void> {
  await workbench.openFile(path);
  await expect.poll(() => status({ workbench }), soon).toContain("On: your edits in this file are captured.");
  await workbench.press("Control+End");
  await thinkWithin({ workbench }, text.slice(0, -3), text.slice(-3));
}

/** What the window showed when a test failed; for `afterEach`. */
export async function pictureOfFailure(
  { workbench }: Pick<Contributor, "workbench">,
  { name, result }: TestContext["task"],
): Promise<void> {
  if (result?.state === "fail") await workbench.picture(`failed-${name.replaceAll(/\W+/gu, "-")}`);
}
