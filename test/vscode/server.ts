/** A VS Code server of a test's own: data, settings and extensions in a temporary folder, gone when it stops. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireProgram } from "./program.ts";

const startTimeoutMs = 60_000;

/** Quiet, the same everywhere, and as a contributor has it: with telemetry on, without which nothing is captured. */
const baseSettings = {
  "workbench.startupEditor": "none",
  "window.autoDetectColorScheme": true,
  "workbench.preferredDarkColorTheme": "Dark Modern",
  "workbench.preferredLightColorTheme": "Light Modern",
  "telemetry.telemetryLevel": "all",
  "security.workspace.trust.enabled": false,
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  "workbench.editor.useModal": "off",
  "editor.minimap.enabled": false,
  // What is typed is what stands there.
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.suggestOnTriggerCharacters": false,
  "editor.parameterHints.enabled": false,
  // As on a desktop; in a browser the default is to save after a second.
  "files.autoSave": "off",
  "git.enabled": true,
  "git.openRepositoryInParentFolders": "never",
};

/** Of the machine that the server is on, and not of the user. */
const openOnInstall = "workbench.welcomePage.walkthroughs.openOnInstall";

export interface VsCodeServer {
  readonly port: number;
  /** Its own folder; `user/User/settings.json` and the extensions' storage lie below. */
  readonly folder: string;
  /** Changes settings of the user, as on the disk; a window reads them when it is opened. */
  change(settings: Readonly<Record<string, unknown>>): void;
  /** `SIGKILL` to the server and everything it started: a crash of the machine, but for the disk. */
  kill(): Promise<void>;
  /** Kills it and deletes its folder. */
  stop(): Promise<void>;
}

export interface VsCodeServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A killed server, to go on with what it stored, at its address: the browser's part of VS Code keeps to it. */
  readonly after?: VsCodeServer;
  /** Opens the walkthrough, over whatever a test is about. */
  readonly walkthrough?: boolean;
  /** As on a desktop, where a folder is not trusted until somebody says so. */
  readonly workspaceTrust?: boolean;
}

export async function startVsCodeServer(options: VsCodeServerOptions = {}): Promise<VsCodeServer> {
  const folder = options.after?.folder ?? mkdtempSync(join(tmpdir(), "stillpoint-vscode-"));
  const user = join(folder, "user");
  mkdirSync(join(user, "User"), { recursive: true });
  mkdirSync(join(user, "Machine"), { recursive: true });
  const settingsFile = join(user, "User", "settings.json");
  const settings = {
    ...baseSettings,
    ...(options.workspaceTrust
      ? { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" }
      : {}),
    ...options.settings,
  };
  if (!options.after) writeFileSync(settingsFile, JSON.stringify(settings, null, 2));
  const machine = { [openOnInstall]: options.walkthrough ?? false };
  writeFileSync(join(user, "Machine", "settings.json"), JSON.stringify(machine, null, 2));
  const child = spawn(
    process.execPath,
    [
      requireProgram().server,
      ...[
        "--host",
        "127.0.0.1",
        "--port",
        String(options.after?.port ?? 0),
        "--without-connection-token",
        "--accept-server-license-terms",
      ],
      ...["--server-data-dir", join(folder, "server"), "--user-data-dir", user],
      ...["--extensions-dir", join(folder, "extensions"), "--disable-experiments"],
      ...(options.workspaceTrust ? [] : ["--disable-workspace-trust"]),
    ],
    { env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  const kill = () => killGroup(child);
  const atExit = () => void kill();
  process.once("exit", atExit);
  try {
    const port = await portOf(child);
    return {
      port,
      folder,
      kill,
      change(changed) {
        const before: unknown = JSON.parse(readFileSync(settingsFile, "utf8"));
        writeFileSync(settingsFile, JSON.stringify(Object.assign({}, before, changed), null, 2));
      },
      async stop() {
        process.off("exit", atExit);
        await kill();
        rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** The port that it says it listens on. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => reject(new Error(`VS Code's server ${why}\n${said}`));
    const timer = setTimeout(() => fail(`said no port within ${startTimeoutMs} ms`), startTimeoutMs);
    const listen = (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const port = /(?:127\.0\.0\.1|localhost):(\d+)/u.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with ${code}`));
  });
}

/** Its extension hosts, terminals and file watchers are in its process group. */
async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}
