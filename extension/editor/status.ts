/** Keeps the status item, the context keys and what is remembered of them true. */
import * as vscode from "vscode";
import type { Clock, Disposable } from "../clock.ts";
import type { Consent } from "../gate/consent.ts";
import { consentSwitches } from "../gate/consent.ts";
import type { Gate } from "../gate/gate.ts";
import type { Snooze } from "../gate/snooze.ts";
import { lostSince } from "../outbox/lines.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Shell } from "./shell.ts";
import { timeText } from "./sizes.ts";
import type { FileStatus, StatusFacts, StatusText } from "./status-text.ts";
import { statusOf } from "./status-text.ts";
import { whereIs } from "./where.ts";

/** Changes come in groups: an editor is closed and another becomes active. */
const delayMs = 100;

export interface StatusSources {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly consent: Consent;
  readonly gate: Gate;
  readonly snooze: Snooze;
  readonly outbox: Outbox;
  readonly trouble: () => string | undefined;
  readonly isHeld: () => boolean;
  readonly isCutOff: () => boolean;
  readonly isConnected: () => boolean;
}

export interface Status {
  /** Something of it may have changed. */
  changed(): void;
  /** As last shown. */
  text(): StatusText;
  /** Something waits, or was not sent. */
  hasQueue(): boolean;
  /** Any switch is on, in any folder of this workspace. */
  isContributing(): boolean;
  dispose(): void;
}

export function keepStatus({
  shell,
  clock,
  consent,
  gate,
  snooze,
  outbox,
  trouble,
  isHeld,
  isCutOff,
  isConnected,
}: StatusSources): Status {
  const { t, state } = shell;
  let timer: Disposable | undefined;
  let shown: StatusText = { text: "", tooltip: "", label: "" };
  let round = 0;

  const isOn = (folder: string) => consentSwitches.some((each) => consent.given(folder, each) !== undefined);
  const isContributing = () => (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => isOn(uri.toString()));
  function hasQueue(): boolean {
    const { waiting, refused } = outbox.stats();
    return waiting > 0 || refused > 0;
  }

  async function update(): Promise<void> {
    const own = ++round;
    const document = vscode.window.activeTextEditor?.document;
    const folder = document && whereIs(document.uri)?.folder;
    const contributing = folder === undefined ? isContributing() : isOn(folder);
    const file = await fileStatus(contributing ? document : undefined);
    // A newer one is under way.
    if (own !== round) return;
    const { waiting, refused, fault, ...stats } = outbox.stats();
    const lost = lostSince(stats.lost, state.lostCleared.get());
    const notSent = refused + lost.cap + lost.disk + lost.damaged;
    const place = shell.place();
    const snoozed = snoozedUntil();
    const held = isHeld();
    const facts = { place, contributing, snoozed, file, waiting, notSent, held, isCutOff: isCutOff() };
    shown = statusOf({ ...facts, trouble: fault ?? trouble() }, t);
    shell.status.show(shown);
    shell.setContext("stillpoint.here", place);
    shell.setContext("stillpoint.contributing", isContributing());
    shell.setContext("stillpoint.connected", isConnected());
    shell.setContext("stillpoint.hasQueue", hasQueue() || isContributing());
    if (state.hasQueue.get() !== hasQueue()) await state.hasQueue.set(hasQueue());
  }

  function snoozedUntil(): StatusFacts["snoozed"] {
    const snoozed = snooze.state();
    if (!snoozed) return undefined;
    if (snoozed.kind === "restart") return { until: undefined };
    const end = new Date(clock.now() + snoozed.leftMs).toISOString();
    return { until: timeText(end, clock.now(), vscode.env.language) };
  }

  async function fileStatus(document: vscode.TextDocument | undefined): Promise<FileStatus> {
    if (!document) return { kind: "none" };
    const verdict = await gate.judgeDocument(document.uri.toString(), "snapshots");
    return verdict.ok ? { kind: "captured" } : { kind: "refused", sentence: verdict.sentence };
  }

  function changed(): void {
    timer?.dispose();
    timer = clock.after(delayMs, () => shell.inBackground("showing the status", update));
  }

  const subscriptions = [
    vscode.window.onDidChangeActiveTextEditor(changed),
    vscode.workspace.onDidSaveTextDocument(changed),
    vscode.workspace.onDidChangeWorkspaceFolders(changed),
    vscode.workspace.onDidGrantWorkspaceTrust(changed),
    vscode.env.onDidChangeTelemetryEnabled(changed),
    outbox.onChange(changed),
  ];
  return {
    changed,
    text: () => shown,
    hasQueue,
    isContributing,
    dispose() {
      timer?.dispose();
      round++;
      for (const each of subscriptions) each.dispose();
    },
  };
}
