/** Where Stillpoint itself lies: its tasks are files beside the program, in a checkout and in an installed package. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** The nearest folder above this file that holds the package: the source lies deeper in it than the bundle does. */
function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`the ${packageJson.name} package is not whole`);
  }
}

/** The task file that ships under this name, `demo`; undefined where there is none. */
export function shippedTask(name: string): string | undefined {
  const tasks = join(packageRoot(), "tasks");
  for (const kind of readdirSync(tasks).sort()) {
    const path = join(tasks, kind, `${name}.yaml`);
    if (existsSync(path)) return path;
  }
  return undefined;
}

/** How the person calls this command from where they stand: an npm script, or the installed program. */
export function commandName(env: Readonly<Record<string, string | undefined>>): string {
  const script = env["npm_lifecycle_event"];
  return script === "demo" || script === "stillpoint" ? "npm run -s stillpoint --" : "stillpoint";
}
