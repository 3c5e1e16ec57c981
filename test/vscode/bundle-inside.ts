/** Bundles a module for the extension host, into the checkout, where it finds mocha. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { repositoryRoot } from "./program.ts";

/** Ignored by git. */
const scratchRoot = join(repositoryRoot, ".vscode-test");

/** A folder of the caller's own, to be deleted by it. */
export function scratchFolder(): string {
  mkdirSync(scratchRoot, { recursive: true });
  return mkdtempSync(join(scratchRoot, "inside-"));
}

/** @returns the bundle's path */
export async function bundleInside(module: string, folder: string): Promise<string> {
  const outfile = join(folder, "index.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "inside", module)],
    outfile,
    bundle: true,
    external: ["vscode", "mocha"],
    platform: "node",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false },
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}
