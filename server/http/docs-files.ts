/** Where the files of the page about this server lie: beside this one in the sources, in a folder of the bundle. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const folderName = "docs";

export function docsFile(name: string): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, folderName, name);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) throw new Error(`the program is not whole: ${name} is missing`);
  }
}
