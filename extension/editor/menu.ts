/** What a click on the status item offers: how it stands, and what can be done about it. */
import * as vscode from "vscode";
import type { Snoozed } from "../gate/snooze.ts";
import type { Translate } from "../translate.ts";
import type { StatusText } from "./status-text.ts";

export interface MenuFacts {
  readonly ready: boolean;
  readonly contributing: boolean;
  readonly connected: boolean;
  readonly hasQueue: boolean;
  readonly snoozed: boolean;
  readonly status: StatusText;
}

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
}

export async function showMenu(
  { ready, contributing, connected, hasQueue, snoozed, status }: MenuFacts,
  t: Translate,
): Promise<void> {
  const entry = (icon: string, label: string, command: string, when: boolean): Entry[] =>
    when ? [{ label: `$(${icon}) ${label}`, command: `stillpoint.${command}` }] : [];
  const entries: Entry[] = [
    ...entry("play", t("Start Contributing in This Workspace …"), "startContributing", ready && !contributing),
    ...entry("bell", t("End or Change the Snooze …"), "snooze", contributing && snoozed),
    ...entry("question", t("Why Wasn't This Captured?"), "whyNotCaptured", contributing),
    ...entry("bell-slash", t("Snooze …"), "snooze", contributing && !snoozed),
    ...entry("list-tree", t("Review Pending Data"), "reviewPending", contributing || hasQueue),
    ...entry("eye", t("Show Last Snapshot"), "showLastSnapshot", contributing),
    ...entry("settings", t("Change What Is Contributed …"), "startContributing", contributing),
    ...entry("debug-stop", t("Stop Contributing in This Workspace"), "stopContributing", contributing),
    ...entry("plug", connected ? t("Connect to Another Server …") : t("Connect to Server …"), "connect", true),
    ...entry("trash", t("Delete My Data …"), "deleteMyData", connected),
    ...entry("output", t("Show Log"), "showLog", true),
  ];
  const chosen = await vscode.window.showQuickPick(entries, {
    title: "Stillpoint",
    placeHolder: status.tooltip.split("\n")[0] ?? "",
  });
  if (chosen?.command !== undefined) await vscode.commands.executeCommand(chosen.command);
}

export type SnoozeChoice = "short" | "long" | "restart" | "end";

/** @returns undefined where the person chose nothing */
export async function chooseSnooze(snoozed: Snoozed | null, t: Translate): Promise<SnoozeChoice | undefined> {
  const entries: (vscode.QuickPickItem & { choice: SnoozeChoice })[] = [
    ...(snoozed ? [{ label: t("End the snooze"), choice: "end" as const }] : []),
    { label: t("For 5 minutes"), choice: "short" },
    { label: t("For an hour"), choice: "long" },
    { label: t("Until this window is reloaded or opened again"), choice: "restart" },
  ];
  const chosen = await vscode.window.showQuickPick(entries, {
    title: t("Snooze: nothing is captured in this window meanwhile"),
  });
  return chosen?.choice;
}
