/** What the extension does before anybody has agreed to anything: next to nothing, and it says so. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { repositoryRoot } from "./program.ts";
import type { VsCodeServer } from "./server.ts";
import { startVsCodeServer } from "./server.ts";
import type { Workbench } from "./workbench.ts";
import { openWorkbench } from "./workbench.ts";

let folder: string;
let server: VsCodeServer;
let workbench: Workbench;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-project-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", "greet.ts"), "export function greet(name: string) {\n  return name;\n}\n");
  server = await startVsCodeServer();
  workbench = await openWorkbench({ server, folder, extension: repositoryRoot });
});

afterAll(async () => {
  await workbench?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("shows one status item, off, and offers to start contributing", async () => {
  await workbench.openFile("src/greet.ts");
  await workbench.statusItem(/stillpoint/iu).waitFor();
  await workbench.picture("status-off");
  expect(await workbench.offers("Stillpoint: Start Contributing in This Workspace")).toBe(true);
});
