/** Commands that run the one behind them in worse circumstances, and whether this machine lets us make them. */
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";

/** With a small disk of its own mounted at the folder. */
export const onSmallDisk = (folder: string): readonly string[] => [
  ...["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"],
  ...['mount -t tmpfs -o size=12m tmpfs "$1" && shift && exec "$@"', "sh", folder],
];

/** With no right to pass over a file's mode, which root has. */
export const withoutPrivileges: readonly string[] =
  process.getuid?.() === 0 ? ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"] : [];

export const run = ([command = "", ...args]: readonly string[]): number | null => spawnSync(command, args).status;

const works = (within: readonly string[]) => run([...within, "true"]) === 0;
export const hasSmallDisk: boolean = works(onSmallDisk(tmpdir()));
export const hasModes: boolean = withoutPrivileges.length === 0 || works(withoutPrivileges);
export const hasLimits: boolean = works(["prlimit", "--fsize=1000000"]);
