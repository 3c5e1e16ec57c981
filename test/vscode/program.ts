/** Which VS Code the tests run in, and the browser that shows it. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const repositoryRoot = resolve(import.meta.dirname, "../..");

const hostFolder = join(repositoryRoot, ".vscode-host", "package", "lib", "vscode");
const chromiums = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The VS Code server's program, and the Chromium that opens it; or why there is none here. */
export type Program = { readonly server: string; readonly chromium: string } | { readonly missing: string };

export function findProgram(env: NodeJS.ProcessEnv = process.env): Program {
  const server = join(hostFolder, "out", "server-main.js");
  if (!existsSync(server)) return { missing: "no VS Code in .vscode-host/: `node scripts/vscode-host.mjs` brings it" };
  const chromium = [env["CHROMIUM"], ...chromiums].find((path) => path !== undefined && existsSync(path));
  if (!chromium) return { missing: "no Chromium: install your system's package, or name one in CHROMIUM" };
  return { server, chromium };
}

/** @throws Error where there is none */
export function requireProgram(): { readonly server: string; readonly chromium: string } {
  const program = findProgram();
  if ("missing" in program) throw new Error(program.missing);
  return program;
}
