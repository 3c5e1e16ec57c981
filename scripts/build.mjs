/**
 * Bundles the `stillpoint` command into `dist/stillpoint.mjs` (`node scripts/build.mjs [FOLDER]`), and the program of the
 * store's threads beside it. The project's own code becomes a few files with shared chunks, so that a subcommand loads
 * only what it uses; packages stay outside and come with `npm install`.
 */
import { chmodSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = resolve(root, process.argv[2] ?? "dist");

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: { stillpoint: "server/cli/main.ts", "store-worker": "server/store/worker.ts" },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node22.18",
  sourcemap: true,
  logLevel: "warning",
});
// Served as they are.
cpSync(join(root, "server/http/docs"), join(dist, "docs"), { recursive: true });
chmodSync(join(dist, "stillpoint.mjs"), 0o755);
