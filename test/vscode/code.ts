#!/usr/bin/env node
/**
 * `code` for `@vscode/test-electron` where no desktop VS Code can be had: takes the switches that it gives VS Code, runs
 * the same tests in the VS Code server's extension host with a headless browser as its window, and ends as VS Code would:
 * 0 passed, 1 failed, 70 the window died, 124 it hung. Like VS Code it ends with 0 when the extension host merely died:
 * whether the tests came to their end, their report says.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startVsCodeServer } from "./server.ts";
import { addressOf, configure, launch } from "./workbench.ts";

const timeoutMs = 240_000;
const hostDied = 70;
const hung = 124;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { extensionDevelopmentPath: { type: "string" }, extensionTestsPath: { type: "string" } },
});
const extension = resolve(String(values["extensionDevelopmentPath"]));
const tests = resolve(String(values["extensionTestsPath"]));
const folder = positionals.map((path) => resolve(path)).find((path) => statSync(path, { throwIfNoEntry: false }));
if (folder === undefined) throw new Error("no folder to open among the arguments");

process.exitCode = await runTests(folder);

async function runTests(opened: string): Promise<number> {
  const server = await startVsCodeServer();
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const ended = Promise.withResolvers<number>();
    // What the workbench calls for the tests' output and end (VS Code's `automation` functions).
    const said: string[] = [];
    await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => said.push(args.join(" ")));
    await page.exposeFunction("codeAutomationExit", (code: number) => ended.resolve(code));
    page.on("crash", () => ended.resolve(hostDied));
    const options = { server, folder: opened, extension, tests };
    await configure(page, options);
    await page.goto(addressOf(options));
    const timer = setTimeout(() => ended.resolve(hung), timeoutMs);
    const code = await ended.promise;
    clearTimeout(timer);
    if (code !== 0) console.log(said.join("\n"));
    return code;
  } finally {
    await browser.close();
    await server.stop();
  }
}
