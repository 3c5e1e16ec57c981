/** Makes a backup, and kills itself while it is written. Started as `killed-child.ts DATA TARGET`. */
import { makeBackup } from "../../../server/backup/backup.ts";
import { systemClock } from "../../../server/clock.ts";

const [dataDir = "", target = ""] = process.argv.slice(2);
await makeBackup({
  dataDir,
  target,
  version: "0",
  clock: systemClock,
  signal: new AbortController().signal,
  onProgress(step) {
    if (step === "reading back") process.kill(process.pid, "SIGKILL");
  },
});
