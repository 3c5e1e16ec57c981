/** *Review Pending Data*: what waits, by file, and what will never be sent, with the reason. */
import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { PendingEvent } from "../outbox/folder-view.ts";
import type { HoldState } from "../outbox/hold.ts";
import { createHold } from "../outbox/hold.ts";
import type { LostCounts, RefusedEvent } from "../outbox/lines.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Translate } from "../translate.ts";
import { eventName } from "./event-names.ts";
import type { PendingFile } from "./pending-list.ts";
import { pendingFiles } from "./pending-list.ts";
import { sizeText, timeText } from "./sizes.ts";
import { lostSentences } from "./status-text.ts";

export type PendingNode =
  | { readonly kind: "file"; readonly file: PendingFile }
  | { readonly kind: "event"; readonly event: PendingEvent };

type NotSentNode =
  | { readonly kind: "refused"; readonly event: RefusedEvent }
  | { readonly kind: "lost"; readonly sentence: string };

export interface PendingView {
  reveal(): Promise<void>;
  refresh(): void;
  dispose(): void;
}

export interface PendingSources {
  readonly t: Translate;
  readonly outbox: Outbox;
  readonly clock: Clock;
  inBackground(doing: string, run: () => Promise<unknown>): void;
  /** What the person has not read and cleared yet. */
  lost(): LostCounts;
  /** Whether there is somebody to send to. */
  isSending(): boolean;
  holdChanged(): void;
}

export function pendingView({
  t,
  outbox,
  clock,
  inBackground,
  lost,
  isSending,
  holdChanged,
}: PendingSources): PendingView {
  const changed = new vscode.EventEmitter<undefined>();
  const hold = createHold({
    ...{ outbox, clock },
    inBackground: (run) => inBackground("holding back what waits", run),
    changed: () => {
      holdChanged();
      changed.fire(undefined);
    },
  });
  const watched = outbox.onChange(() => changed.fire(undefined));
  const pending = vscode.window.createTreeView<PendingNode>("stillpoint.pending", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      async getChildren(node) {
        if (node === undefined) {
          const all = await outbox.pending();
          pending.description = all.length === 0 ? "" : sizeText(outbox.stats().waitingBytes);
          pending.message = all.length > 0 && isSending() ? holdSentence(hold.state(), t) : "";
          return pendingFiles(all).map((file) => ({ kind: "file", file }));
        }
        return node.kind === "file" ? node.file.events.map((event) => ({ kind: "event", event })) : [];
      },
      getTreeItem: (node) => (node.kind === "file" ? fileItem(node.file, t) : eventItem(node, t)),
    },
  });
  const shown = pending.onDidChangeVisibility(({ visible }) => hold.set(visible));
  hold.set(pending.visible);
  const notSent = vscode.window.createTreeView<NotSentNode>("stillpoint.refused", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren(node) {
        if (node !== undefined) return [];
        const sentences = lostSentences(lost(), t).map((sentence) => ({ kind: "lost", sentence }) as const);
        return [...sentences, ...outbox.refused().map((event) => ({ kind: "refused", event }) as const)];
      },
      getTreeItem: (node) => (node.kind === "lost" ? lostItem(node.sentence) : refusedItem(node.event, t)),
    },
  });
  return {
    async reveal() {
      changed.fire(undefined);
      await vscode.commands.executeCommand("stillpoint.pending.focus");
    },
    refresh: () => changed.fire(undefined),
    dispose() {
      watched.dispose();
      shown.dispose();
      hold.dispose();
      pending.dispose();
      notSent.dispose();
      changed.dispose();
    },
  };
}

function holdSentence(state: HoldState, t: Translate): string {
  switch (state) {
    case "off":
      return "";
    case "on":
      return t("Sending waits while this list is open. “Send Pending Data Now”, above, sends at once.");
    case "over":
      return t("This list has been open for half an hour: sending goes on.");
  }
}

function fileItem({ folder, path, bytes, events }: PendingFile, t: Translate): vscode.TreeItem {
  const item = new vscode.TreeItem(path ?? t("About no file"), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `file ${JSON.stringify([folder, path])}`;
  item.contextValue = "stillpoint.file";
  item.iconPath = path === undefined ? new vscode.ThemeIcon("law") : vscode.ThemeIcon.File;
  // The icon is the one of the file's kind.
  if (path !== undefined) item.resourceUri = vscode.Uri.from({ scheme: "stillpoint-file", path: `/${path}` });
  item.description = `${events.length} · ${sizeText(bytes)}`;
  item.accessibilityInformation = {
    label: t("{path}: {count} waiting, {size}", {
      path: path ?? t("About no file"),
      count: events.length,
      size: sizeText(bytes),
    }),
  };
  return item;
}

function eventItem(node: PendingNode & { kind: "event" }, t: Translate): vscode.TreeItem {
  const { id, at, type, bytes } = node.event;
  const item = new vscode.TreeItem(eventName(type, t));
  const time = timeText(at, Date.now(), vscode.env.language);
  item.id = `event ${id}`;
  item.contextValue = "stillpoint.event";
  item.iconPath = new vscode.ThemeIcon("circle-small-filled");
  item.description = `${time} · ${sizeText(bytes)}`;
  item.tooltip = t("Made {time}, {size}. Open it to read all that would be sent.", { time, size: sizeText(bytes) });
  item.accessibilityInformation = { label: `${eventName(type, t)}, ${time}, ${sizeText(bytes)}` };
  item.command = { command: "stillpoint.openPending", title: t("Open as a Document"), arguments: [node] };
  return item;
}

function refusedItem({ id, path, type, detail, code, refusedAt }: RefusedEvent, t: Translate): vscode.TreeItem {
  const item = new vscode.TreeItem(path ?? eventName(type, t));
  const time = timeText(refusedAt, Date.now(), vscode.env.language);
  item.id = `refused ${id}`;
  item.iconPath = new vscode.ThemeIcon("error");
  item.description = detail;
  item.tooltip = t("{event}, refused by the server {time} ({code}): {detail}", {
    event: eventName(type, t),
    time,
    code,
    detail,
  });
  item.accessibilityInformation = { label: item.tooltip };
  return item;
}

function lostItem(sentence: string): vscode.TreeItem {
  const item = new vscode.TreeItem(sentence);
  item.iconPath = new vscode.ThemeIcon("warning");
  item.accessibilityInformation = { label: sentence };
  return item;
}
