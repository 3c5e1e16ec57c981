/** The tasks that come with Stillpoint, and what its demo sends: files beside the program, also in an installed package. */
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
  return shippedTasks().get(name);
}

/** The task files that ship, by name. */
export function shippedTasks(): ReadonlyMap<string, string> {
  const tasks = join(packageRoot(), "tasks");
  const found = new Map<string, string>();
  for (const kind of readdirSync(tasks).sort()) {
    for (const file of readdirSync(join(tasks, kind)).sort()) {
      const name = file.endsWith(".yaml") ? file.slice(0, -".yaml".length) : undefined;
      if (name !== undefined && !found.has(name)) found.set(name, join(tasks, kind, file));
    }
  }
  return found;
}

/** Editing events, one a line, that the server's demo sends; `media/demo/README.md` says how they were made. */
export function shippedRecording(): string {
  return join(packageRoot(), "media", "demo", "editing.jsonl");
}
