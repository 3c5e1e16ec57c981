/**
 * What stands from activation on: log, settings, status item, and the door to everything else. Capture, outbox and views are
 * a bundle of their own, loaded when somebody contributes or asks for something.
 */
import * as vscode from "vscode";
import { parseOrigin } from "../connection/origin.ts";
import type { Translate } from "../translate.ts";
import { isCancelled } from "./fault.ts";
import type { Log } from "./log.ts";
import { createLog } from "./log.ts";
import type { Place } from "./place.ts";
import { placeOf } from "./place.ts";
import type { Runtime } from "./runtime.ts";
import type { Settings } from "./settings.ts";
import { settings } from "./settings.ts";
import type { State } from "./state.ts";
import { rememberedState } from "./state.ts";
import type { StatusItem } from "./status-item.ts";
import { createStatusItem } from "./status-item.ts";
import { statusOf } from "./status-text.ts";

export interface Shell {
  readonly context: vscode.ExtensionContext;
  readonly t: Translate;
  readonly log: Log;
  readonly settings: Settings;
  readonly state: State;
  readonly status: StatusItem;
  place(): Place;
  /** Loaded once, when first asked for. */
  runtime(): Promise<Runtime>;
  isAwake(): boolean;
  /** Runs something that nobody waits for; what goes wrong is logged. */
  inBackground(doing: string, run: () => Promise<unknown>): void;
  setContext(key: `stillpoint.${string}`, value: boolean | string): void;
  /** Resolves when everything is on disk and nothing runs any more. */
  end(): Promise<void>;
}

export type LoadRuntime = () => Promise<typeof import("./runtime.ts")>;

export function createShell(context: vscode.ExtensionContext, load: LoadRuntime): Shell {
  const t: Translate = (message, values = {}) => vscode.l10n.t(message, values);
  const log = createLog();
  const status = createStatusItem("Stillpoint");
  context.subscriptions.push(log, status);
  let runtime: Promise<Runtime> | undefined;
  const shell: Shell = {
    context,
    t,
    log,
    settings: settings(),
    state: rememberedState(context.globalState),
    status,
    place: () =>
      placeOf(
        (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.scheme),
        vscode.workspace.isTrusted,
      ),
    runtime() {
      runtime ??= load()
        .then(({ startRuntime }) => startRuntime(shell))
        .catch((error: unknown) => {
          // The next command tries again: a full disk can be made room on.
          runtime = undefined;
          throw error;
        });
      return runtime;
    },
    isAwake: () => runtime !== undefined,
    async end() {
      await (await runtime)?.dispose();
    },
    inBackground(doing, run) {
      void run().catch((error: unknown) => {
        if (!isCancelled(error)) log.fault(doing, error);
      });
    },
    setContext(key, value) {
      shell.inBackground("setting a context key", async () => vscode.commands.executeCommand("setContext", key, value));
    },
  };
  return shell;
}

/** Looks where VS Code stands, now and whenever that changes, until the rest is loaded and looks itself. */
export function begin(shell: Shell): void {
  const { state, context } = shell;
  const lookAgain = () => {
    if (!shell.isAwake()) look(shell);
  };
  context.subscriptions.push(
    vscode.workspace.onDidChangeWorkspaceFolders(lookAgain),
    vscode.workspace.onDidGrantWorkspaceTrust(lookAgain),
  );
  look(shell);
  const isWelcomed = state.welcomed.get() || shell.place() === "virtual";
  if (!isWelcomed) shell.inBackground("opening the walkthrough", () => welcome(state));
}

/** Says how it stands, and loads the rest only where somebody contributes from a folder that is open, or something waits. */
function look(shell: Shell): void {
  const { state, settings: own, t } = shell;
  const place = shell.place();
  const connected = state.connection.get()?.origin === originOf(own.serverUrl());
  const nothing = {
    snoozed: undefined,
    waiting: 0,
    notSent: 0,
    held: false,
    isCutOff: false,
    trouble: undefined,
    file: { kind: "none" },
  } as const;
  shell.status.show(statusOf({ place, contributing: false, ...nothing }, t));
  shell.setContext("stillpoint.here", place);
  shell.setContext("stillpoint.connected", connected);
  shell.setContext("stillpoint.hasQueue", state.hasQueue.get());
  const contributing = state.contributingFolders.get();
  const isOpen = ({ uri }: vscode.WorkspaceFolder) => contributing.includes(uri.toString());
  const isWanted = (vscode.workspace.workspaceFolders ?? []).some(isOpen) || (state.hasQueue.get() && connected);
  if (isWanted) shell.inBackground("starting", shell.runtime);
}

/** Once for all, after the installation. */
async function welcome(state: State): Promise<void> {
  await state.welcomed.set(true);
  // The person's own word against all walkthroughs.
  if (!vscode.workspace.getConfiguration("workbench").get("welcomePage.walkthroughs.openOnInstall", true)) return;
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", "stillpoint.stillpoint#contribute", false);
}

function originOf(address: string): string | undefined {
  const parsed = parseOrigin(address);
  return parsed.ok ? parsed.origin : undefined;
}
