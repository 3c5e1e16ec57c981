/**
 * A contributor at work: a project in git, a Stillpoint server, a VS Code that shows the one and speaks to the other, and
 * the ways that such a person goes.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Frame } from "playwright-core";
import type { Event } from "../../shared/records/event.ts";
import { repositoryRoot } from "./program.ts";
import type { VsCodeServer, VsCodeServerOptions } from "./server.ts";
import { startVsCodeServer } from "./server.ts";
import type { StillpointServer } from "./stillpoint.ts";
import { startStillpoint } from "./stillpoint.ts";
import type { Workbench } from "./workbench.ts";
import { openWorkbench } from "./workbench.ts";

/** Ten seconds of stillness, the way to the server, and a machine that has other things to do. */
export const settling = { timeout: 60_000, interval: 250 };
/** More than the pause at which a capture opens, and less than it takes to settle. */
const thinkingMs = 700;
/** What follows a key or a click at once. */
export const soon = { timeout: 20_000, interval: 100 };

export interface Contributor {
  /** The project's. */
  readonly folder: string;
  readonly stillpoint: StillpointServer;
  readonly code: VsCodeServer;
  readonly workbench: Workbench;
  /** In another window of the same person, and maybe of another server after the first. */
  goOn(code: VsCodeServer, workbench: Workbench): Promise<void>;
  end(): Promise<void>;
}

/** One window of theirs. */
type At = Pick<Contributor, "workbench">;

export interface ContributorOptions extends VsCodeServerOptions {
  /** The project's files, by their paths in it. */
  readonly files: Readonly<Record<string, string>>;
  /** A module with `run()`, called in the extension host. */
  readonly tests?: string;
}

export async function newContributor({ files, tests, ...options }: ContributorOptions): Promise<Contributor> {
  const folder = newProject(files);
  const stillpoint = await startStillpoint();
  let code = await startVsCodeServer(options);
  let workbench = await openWorkbench({ server: code, folder, extension: repositoryRoot, ...(tests && { tests }) });
  return {
    folder,
    stillpoint,
    get code() {
      return code;
    },
    get workbench() {
      return workbench;
    },
    async goOn(nextCode, nextWorkbench) {
      await workbench.page.close();
      code = nextCode;
      workbench = nextWorkbench;
    },
    async end() {
      await workbench.page.context().browser()?.close();
      await code.stop();
      await stillpoint.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A folder with these files, all in git's first commit that git does not ignore. */
function newProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-project-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Contributor 1");
  git("config", "user.email", "contributor-1@example.com");
  git("remote", "add", "origin", "https://contributor-1:password1@git.example.com/acme/shop.git");
  git("add", "-A");
  git("commit", "-q", "-m", "Begin");
  return folder;
}

/** Through the two questions of *Connect to Server*. */
export async function connect({ workbench, stillpoint }: Contributor): Promise<void> {
  await workbench.command("Stillpoint: Connect to Server");
  await workbench.answer("1 of 2", stillpoint.url);
  await workbench.answer("2 of 2", stillpoint.token);
  await workbench.notification("Connected to").waitFor();
}

/** Opens the page that shows what would be collected. */
export async function readConsent({ workbench }: Contributor): Promise<Frame> {
  await workbench.command("Stillpoint: Start Contributing in This Workspace");
  return workbench.webview("#switches");
}

/** Switches sharing snapshots on, on that page. */
export async function consent(contributor: Contributor): Promise<void> {
  await decide(await readConsent(contributor));
}

export async function decide(page: Frame): Promise<void> {
  await page.check("#snapshots");
  await page.click("#save");
  await page.waitForSelector("#said:not(:empty)");
  await page.click("#cancel");
}

/** Types, pauses for long enough to be captured, and goes on: what is captured is what was written after the pause. */
export async function thinkWithin({ workbench }: At, before: string, after: string): Promise<void> {
  await workbench.type(before);
  await workbench.page.waitForTimeout(thinkingMs);
  await workbench.type(after);
}

/** What a screen reader says of the status item. */
export async function status({ workbench }: At): Promise<string> {
  return (await workbench.statusItem(/stillpoint/iu).getAttribute("aria-label")) ?? "";
}

/** *Why Wasn't This Captured?* of this file, which comes to the front for it. */
export async function whyNot({ workbench }: Contributor, path: string): Promise<string> {
  await workbench.openFile(path);
  await workbench.command("Stillpoint: Why Wasn't This Captured?");
  return workbench.rendered(new RegExp(`${path.replaceAll(".", "\\.")} is (?:not )?captured`, "u"));
}

export type Settled = Extract<Event, { type: "snapshot.settled" }>;

/** The settled snapshots that the server has, once it has so many. */
export async function sent({ stillpoint }: Pick<Contributor, "stillpoint">, count: number): Promise<Settled[]> {
  const settled = async () => (await stillpoint.events()).filter((each) => each.type === "snapshot.settled");
  const end = Date.now() + settling.timeout;
  let found = await settled();
  while (found.length !== count && Date.now() < end) {
    await wait(settling.interval);
    found = await settled();
  }
  if (found.length !== count) throw new Error(`the server has ${found.length} settled snapshots, and not ${count}`);
  return found;
}

/** The queue's folder on disk. */
export function outboxFolder({ code }: Contributor): string {
  return join(code.folder, "user", "User", "globalStorage", "stillpoint.stillpoint", "outbox");
}

/** Files below a folder that hold a text, by their paths within it. */
export function filesWith(folder: string, text: string, isMeant: (path: string) => boolean = () => true): string[] {
  const wanted = Buffer.from(text);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isMeant(path) && readFileSync(path).includes(wanted));
}

/** A picture by day and one by night. */
export async function pictures({ workbench }: Contributor, name: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await workbench.turn(scheme);
    await workbench.picture(`${name}-${scheme}`);
  }
}
