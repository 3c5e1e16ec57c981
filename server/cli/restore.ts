/** `stillpoint restore`: a backup in the place of the server's database. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import type { Manifest } from "../backup/manifest.ts";
import type { Restored } from "../backup/restore.ts";
import { checkBackup, restoreBackup } from "../backup/restore.ts";
import { systemClock } from "../clock.ts";
import { warningLog } from "../log.ts";
import { formatCount, plural } from "../reports/terminal.ts";
import { keepToOwner, minuteOf } from "./admin.ts";
import { startStepProgress } from "./backup.ts";
import type { CliContext } from "./context.ts";

const help = `
Stop the server first. The backup is read to its end and checked before anything
is replaced; a damaged one changes nothing. Whoever took their data back since
it was made (DATA/tombstones.jsonl) is deleted from it before it is in place.

Tokens, policy and ratings are as they were then; tokens that were revoked since
stay revoked, and positions that were given since are not given again. Events
that were stored since are lost, and it is said how many. Runs that were queued
or under way then are not taken up. A cache of answers that is sound stays as it
is, and so do DATA/server-key, DATA/admin-token, and the files of runs and
datasets.

Killed in between it leaves the old data, or the new ones: the next start of the
server, or the next restore, ends or undoes it and says so.

On another machine nobody knows of deletions since the backup was made: give it
a copy of the server's tombstones.jsonl (--tombstones FILE, or put the file into
the new DATA first). Without one it is restored only if you say so
(--without-deletions), and whoever was deleted since is back. Where no
admin-token file is left, "stillpoint token create NAME --role admin" makes a
token before the server is started.

Examples:
  $ stillpoint restore /mnt/disk/stillpoint.tar
  $ stillpoint restore /mnt/disk/stillpoint.tar --data /srv/stillpoint \\
      --tombstones /mnt/disk/tombstones.jsonl
  $ stillpoint restore /mnt/disk/stillpoint.tar --check`;

interface RestoreArguments {
  readonly check?: true;
  readonly tombstones?: string;
  readonly withoutDeletions?: true;
}

export function restoreCommand(cli: CliContext): Command {
  return new Command("restore")
    .description("Puts a backup in the place of the server's database.")
    .argument("<file>", "the backup")
    .option("--check", "only check the backup")
    .option("--tombstones <file>", "a copy of the server's tombstones.jsonl, where DATA has none")
    .addOption(
      new Option("--without-deletions", "restore although nobody knows who was deleted since").conflicts("tombstones"),
    )
    .addHelpText("after", help)
    .action((file: string, given: RestoreArguments) => restore(cli, file, given));
}

async function restore(cli: CliContext, shown: string, given: RestoreArguments): Promise<void> {
  keepToOwner();
  const file = cli.path(shown);
  const progress = startStepProgress(cli);
  const reading = { file, shown, signal: cli.signal, onProgress: progress.update };
  try {
    if (given.check) {
      const manifest = await checkOnly(reading);
      progress.end();
      cli.print(`${shown} is whole: ${contentOf(manifest)}.`);
      return;
    }
    const { dataDir, dataDirShown } = cli;
    const log = warningLog((sentence) => cli.warn(sentence));
    const { tombstones } = given;
    const copy = tombstones === undefined ? undefined : { file: cli.path(tombstones), shown: tombstones };
    const restored = await restoreBackup({
      ...reading,
      dataDir,
      dataDirShown,
      deletions: given.withoutDeletions ? "none" : copy,
      clock: systemClock,
      randomBytes,
      log,
    });
    progress.end();
    tell(cli, restored);
  } finally {
    progress.end();
  }
}

async function checkOnly(reading: Omit<Parameters<typeof checkBackup>[0], "staging">): Promise<Manifest> {
  const staging = await mkdtemp(join(tmpdir(), "stillpoint-restore-"));
  try {
    return await checkBackup({ ...reading, staging });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function tell(cli: CliContext, { manifest, replaced, cache, key, tombstones, runs }: Restored): void {
  cli.print(`${cli.dataDirShown} is restored: ${contentOf(manifest)}.`);
  if (replaced === "unreadable") {
    cli.note(
      "  The replaced database could not be read, so nobody knows what was stored since. Runs that remember a later\n" +
        "  position than this one miss what comes up to theirs: let them begin anew (stillpoint help pull).",
    );
  } else if (replaced !== undefined) {
    const { eventsLost, tokensRevoked } = replaced;
    if (eventsLost > 0) cli.note(`  ${plural(eventsLost, "event")} that the replaced database had behind it are gone.`);
    if (tokensRevoked > 0) cli.note(`  ${plural(tokensRevoked, "token")} revoked since stay revoked.`);
  }
  if (tombstones > 0) cli.note(`  ${plural(tombstones, "deletion")} of people's data were applied.`);
  if (runs.length > 0) {
    cli.note(
      `  Not taken up, since they were queued or under way then: ${runs.join(", ")}. Start again what is still wanted.`,
    );
  }
  if (cache) cli.note("  The cache of answers was put back.");
  if (key) cli.note("  The key that signs receipts was put back.");
}

function contentOf({ at, lastPosition, files }: Manifest): string {
  const events = files.find(({ name }) => name === "events.db")?.tables?.["events"] ?? 0;
  return `${formatCount(events)} events up to position ${lastPosition}, as of ${minuteOf(at)} UTC`;
}
