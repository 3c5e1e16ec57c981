/**
 * Restores a backup, and kills itself before the given one of the calls that change something on disk. Started as
 * `killed-restore-child.ts DATA FILE NUMBER`; with 0 it is not killed, and prints what it called.
 */
import { randomBytes } from "node:crypto";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const [dataDir = "", file = "", number = "0"] = process.argv.slice(2);
const calls: string[] = [];

for (const name of ["mkdir", "rename", "rm", "writeFile", "link", "open"] as const) {
  const real = files[name] as (...args: unknown[]) => unknown;
  const counted = (...args: unknown[]): unknown => {
    const reads = name === "open" && args[1] === "r";
    if (!reads) calls.push(`${name} ${String(args[0]).slice(dataDir.length + 1)}`);
    if (!reads && calls.length === Number(number)) process.kill(process.pid, "SIGKILL");
    return real(...args);
  };
  Object.assign(files, { [name]: counted });
}
syncBuiltinESMExports();

const { restoreBackup } = await import("../../../server/backup/restore.ts");
const { systemClock } = await import("../../../server/clock.ts");
const { recordingLog } = await import("../store/support.ts");
await restoreBackup({
  file,
  shown: file,
  dataDir,
  dataDirShown: dataDir,
  deletions: "none",
  clock: systemClock,
  randomBytes,
  log: recordingLog(),
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
process.stdout.write(JSON.stringify(calls));
