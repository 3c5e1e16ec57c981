/** `stillpoint backup`: the server's database as one file, made while it serves. */
import { Command, InvalidArgumentError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { MadeBackup } from "../backup/backup.ts";
import { makeBackup } from "../backup/backup.ts";
import { systemClock } from "../clock.ts";
import { formatCount } from "../reports/terminal.ts";
import { keepToOwner } from "./admin.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";

const help = `
TARGET is a file, or a folder (one that is there, or a name that ends in "/"),
which gets a file of the day and time; --keep deletes the oldest of those. Give
each server a folder of its own. Under a backup's name stands a whole one or
none: it is checked and read back first. A server goes on meanwhile, and only
deletions wait for the end.

In it are the events, tokens (as hashes), policy and ratings, the cache of
bought answers, and the key that signs receipts: it holds people's code, and is
readable by you alone. Runs and datasets are files, which can be copied as they
are. Copy DATA/tombstones.jsonl, too, after each deletion: the backup knows who
was deleted before it, and a restore on another machine needs to know who was
since. "tar tf" lists what is in it.

Backups that still hold what a person took back are named in the person's
receipt; those that you have deleted or moved as not found any more.

Examples:
  $ stillpoint backup /mnt/disk/stillpoint.tar
  $ stillpoint backup /mnt/disk/stillpoint/ --keep 14`;

interface BackupArguments {
  readonly keep?: number;
  readonly json?: true;
}

export function backupCommand(cli: CliContext): Command {
  return new Command("backup")
    .description("Copies the server's database to one file, while it serves.")
    .argument("<target>", "a file, or a folder")
    .option("--keep <n>", "TARGET is a folder, which keeps so many", parseKeep)
    .option("--json", "as JSON")
    .addHelpText("after", help)
    .action((target: string, given: BackupArguments) => backup(cli, target, given));
}

async function backup(cli: CliContext, target: string, { keep, json }: BackupArguments): Promise<void> {
  keepToOwner();
  const progress = startStepProgress(cli);
  let made: MadeBackup;
  try {
    made = await makeBackup({
      dataDir: cli.dataDir,
      // What says that it is a folder, `path` takes away.
      target: target.endsWith("/") ? `${cli.path(target)}/` : cli.path(target),
      keep,
      version: packageJson.version,
      clock: systemClock,
      signal: cli.signal,
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }
  const { path, bytes, manifest, deleted } = made;
  if (json) {
    cli.print(JSON.stringify({ path, bytes, deleted, ...manifest }, null, 2));
    return;
  }
  cli.print(path);
  const events = manifest.files.find(({ name }) => name === "events.db")?.tables?.["events"] ?? 0;
  cli.note(`It holds ${formatCount(events)} events up to position ${manifest.lastPosition}, and was read back.`);
  if (deleted.length > 0) cli.note(`Deleted, since ${keep} are kept: ${deleted.join(", ")}`);
}

/** A bar a step, of what is done of it in percent. */
export function startStepProgress(cli: CliContext): { update(step: string, share: number): void; end(): void } {
  let current: { readonly step: string; readonly progress: ReturnType<typeof startProgress> } | undefined;
  return {
    update(step, share) {
      if (current?.step !== step) {
        current?.progress.end();
        current = { step, progress: startProgress(cli, step) };
      }
      current.progress.update(Math.round(share * 100), share);
    },
    end: () => current?.progress.end(),
  };
}

function parseKeep(written: string): number {
  if (/^[1-9]\d{0,5}$/u.test(written)) return Number(written);
  throw new InvalidArgumentError("must be a whole number from 1.");
}
