/** The tasks that come with Stillpoint, and what its demo sends: files beside the program, also in an installed package. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** The nearest folder above this file that holds the package: the source lies deeper in it than the bundle does. */
function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) throw new Error(`the ${packageJson.name} package is not whole`);
  }
}

/** The task files that ship, as absolute paths by name: `demo`. */
export function shippedTasks(): ReadonlyMap<string, string> {
  const tasks = join(packageRoot(), "tasks");
  const files = readdirSync(tasks, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  return new Map(files.sort().map((file) => [basename(file, ".yaml"), join(tasks, file)]));
}

/** Editing events, one a line, that the server's demo sends; `media/demo/README.md` says how they were made. */
export function shippedRecording(): string {
  return join(packageRoot(), "media", "demo", "editing.jsonl");
}
