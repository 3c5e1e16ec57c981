/**
 * Bundles what is run elsewhere than from source into `dist/` (`node scripts/build.mjs [FOLDER]`):
 * - the `stillpoint` command, `stillpoint.mjs`, and the program of the store's threads beside it. The project's own code
 *   becomes a few files with shared chunks, so that a subcommand loads only what it uses; packages stay outside and come
 *   with `npm install`.
 * - the extension, `extension.cjs`, which VS Code loads at its start, and `capture.cjs`, loaded on first use: whole, with
 *   its packages, since an extension brings no `node_modules`.
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
/** The extension's second bundle stays outside the first. */
const onFirstUse = {
  name: "on-first-use",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/editor\/runtime\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./capture.cjs", external: true } : undefined,
    );
  },
};
await build({
  absWorkingDir: root,
  entryPoints: { extension: "extension/main.ts", capture: "extension/editor/runtime.ts" },
  outdir: dist,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  plugins: [onFirstUse],
  external: ["vscode"],
  platform: "node",
  format: "cjs",
  // What VS Code 1.91 has. `require` in place of `import()`, because VS Code hands out `vscode` through the former.
  target: "node20",
  supported: { "dynamic-import": false },
  minify: true,
  legalComments: "none",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
});
// Served as they are.
cpSync(join(root, "server/http/docs"), join(dist, "docs"), { recursive: true });
chmodSync(join(dist, "stillpoint.mjs"), 0o755);
