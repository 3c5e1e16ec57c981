/** A VS Code server of a test's own: data, settings and extensions in a temporary folder, gone when it stops. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireProgram } from "./program.ts";

const startTimeoutMs = 60_000;

/** Quiet, the same everywhere, and as a contributor has it: with telemetry on, without which nothing is captured. */
const baseSettings = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "telemetry.telemetryLevel": "all",
  "security.workspace.trust.enabled": false,
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  "editor.minimap.enabled": false,
  // As on a desktop; in a browser the default is to save after a second.
  "files.autoSave": "off",
  "git.enabled": true,
  "git.openRepositoryInParentFolders": "never",
};

export interface VsCodeServer {
  readonly port: number;
  /** Its own folder; `user/User/settings.json` and the extensions' storage lie below. */
  readonly folder: string;
  /** `SIGKILL` to the server and everything it started: a crash of the machine, but for the disk. */
  kill(): Promise<void>;
  /** Kills it and deletes its folder. */
  stop(): Promise<void>;
}

export interface VsCodeServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Another server's folder, to go on with what is stored there. */
  readonly folder?: string;
  /** As on a desktop, where a folder is not trusted until somebody says so. */
  readonly workspaceTrust?: boolean;
}

export async function startVsCodeServer(options: VsCodeServerOptions = {}): Promise<VsCodeServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "stillpoint-vscode-"));
  const user = join(folder, "user");
  mkdirSync(join(user, "User"), { recursive: true });
  const settings = {
    ...baseSettings,
    ...(options.workspaceTrust
      ? { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" }
      : {}),
    ...options.settings,
  };
  writeFileSync(join(user, "User", "settings.json"), JSON.stringify(settings, null, 2));
  const child = spawn(
    process.execPath,
    [
      requireProgram().server,
      ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms"],
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
