/**
 * Brings a real VS Code for the tests inside it (`node scripts/vscode-host.mjs`): the VS Code server that the npm
 * package `code-server` carries, into `.vscode-host/`, which git ignores. 790 MB, no compiler, no install script. A
 * browser shows it, Chromium as the system's package installs it; `CHROMIUM` names another.
 *
 * On a desktop, `STILLPOINT_VSCODE=download npm run test:vscode` takes Microsoft's own build instead.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** VS Code 1.139.1, its extension host on Node 24. */
const CODE_SERVER = "code-server@4.139.1";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const host = join(root, ".vscode-host");
const stamp = join(host, "version");

if (existsSync(stamp) && readFileSync(stamp, "utf8") === CODE_SERVER) {
  console.log(`${CODE_SERVER} is in .vscode-host/`);
} else {
  console.log(`Bringing ${CODE_SERVER} into .vscode-host/ (790 MB)`);
  const partial = `${host}.partial`;
  rmSync(partial, { recursive: true, force: true });
  rmSync(host, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  run("npm", ["pack", "--silent", CODE_SERVER], partial);
  run("tar", ["xzf", `${CODE_SERVER.replace("@", "-")}.tgz`], partial);
  rmSync(join(partial, `${CODE_SERVER.replace("@", "-")}.tgz`));
  const program = join(partial, "package", "lib", "vscode");
  for (const folder of [program, join(program, "extensions")]) {
    run("npm", ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  }
  writeFileSync(join(partial, "version"), CODE_SERVER);
  renameSync(partial, host);
  console.log("Done.");
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit code ${status}`}`);
    process.exit(1);
  }
}
