/**
 * What stands from activation on: log, settings, status item, and the door to everything else. Capture, outbox and views are
 * a bundle of their own, loaded when somebody contributes or asks for something.
 */
import * as vscode from "vscode";
import type { Translate } from "../gate/refusal.ts";
import type { Log } from "./log.ts";
import { createLog } from "./log.ts";
import type { Place } from "./place.ts";
import { placeOf } from "./place.ts";
import type { Runtime } from "./runtime.ts";
import type { Settings } from "./settings.ts";
import { settings } from "./settings.ts";
import type { StatusItem } from "./status-item.ts";
import { createStatusItem } from "./status-item.ts";
import { statusOf } from "./status-text.ts";

export interface Shell {
  readonly context: vscode.ExtensionContext;
  readonly t: Translate;
  readonly log: Log;
  readonly settings: Settings;
  readonly status: StatusItem;
  place(): Place;
  /** Loaded once, when first asked for. */
  runtime(): Promise<Runtime>;
  /** Runs something that nobody waits for; what goes wrong is logged. */
  inBackground(doing: string, run: () => Promise<unknown>): void;
  setContext(key: `stillpoint.${string}`, value: boolean | string): void;
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
    inBackground(doing, run) {
      void run().catch((error: unknown) => log.fault(doing, error));
    },
    setContext(key, value) {
      shell.inBackground("setting a context key", async () => vscode.commands.executeCommand("setContext", key, value));
    },
  };
  return shell;
}

/** What the status item says before anything else is loaded. */
export function showAsleep(shell: Shell): void {
  const place = shell.place();
  shell.setContext("stillpoint.here", place);
  const nothing = { snoozed: false, waiting: 0, notSent: 0, trouble: undefined, file: { kind: "none" } } as const;
  shell.status.show(statusOf({ place, contributing: false, ...nothing }, shell.t));
}
