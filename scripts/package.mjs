/**
 * Packs the extension into `stillpoint-VERSION.vsix` (`node scripts/package.mjs [FOLDER]`): what is in `dist/` for it, and
 * nothing of the server. `package.json` describes the npm package and the extension in one; the extension gets a manifest of
 * its own from it, without what only npm reads.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const into = resolve(root, process.argv[2] ?? ".");

const FILES = [
  "dist/extension.cjs",
  "dist/capture.cjs",
  "l10n",
  "media/icon.png",
  "media/activity.svg",
  "media/walkthrough",
  "package.nls.json",
  "package.nls.zh-cn.json",
  "CHANGELOG.md",
  "LICENSE",
];

const {
  private: _private,
  type: _type,
  bin: _bin,
  files: _files,
  scripts: _scripts,
  dependencies: _bundled,
  devDependencies: _tools,
  engines: { vscode },
  ...described
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const manifest = { ...described, engines: { vscode } };

const stage = mkdtempSync(join(tmpdir(), "stillpoint-vsix-"));
try {
  for (const file of FILES) cpSync(join(root, file), join(stage, file), { recursive: true });
  cpSync(join(root, "extension/README.md"), join(stage, "README.md"));
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const packagePath = join(into, `${manifest.name}-${manifest.version}.vsix`);
  // Everything that was staged is wanted, and a file that says so is.
  writeFileSync(join(stage, ".vscodeignore"), "");
  await createVSIX({
    cwd: stage,
    packagePath,
    // All of them are in the bundles.
    dependencies: false,
    // The extension's page names no file of a repository.
    rewriteRelativeLinks: false,
    allowMissingRepository: true,
  });
  console.log(`${packagePath}: ${Math.round(statSync(packagePath).size / 1024)} KB`);
} finally {
  rmSync(stage, { recursive: true });
}
