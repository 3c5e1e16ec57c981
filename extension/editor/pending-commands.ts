/** The commands of *Review Pending Data*: look again, send, read, drop. */
import * as vscode from "vscode";
import type { Outbox } from "../outbox/outbox.ts";
import type { Translate } from "../translate.ts";
import type { RuntimeCommands } from "./command-names.ts";
import type { PendingNode, PendingView } from "./pending-view.ts";
import type { ReadableDocuments } from "./readable-documents.ts";
import type { ServerHolder } from "./server.ts";
import { waitingSentence } from "./status-text.ts";

export interface PendingCommandSources {
  readonly t: Translate;
  readonly outbox: Outbox;
  readonly server: ServerHolder;
  readonly view: PendingView;
  readonly documents: ReadableDocuments;
  readonly isConnected: () => boolean;
  /** The person has read what was lost. */
  readonly clearLost: () => Promise<void>;
  readonly say: (sentence: string) => void;
}

export type PendingCommands = Pick<
  RuntimeCommands,
  "refreshPending" | "sendNow" | "openPending" | "dropPending" | "dropPendingFile" | "dropAllPending" | "clearRefused"
>;

export function pendingCommands(sources: PendingCommandSources): PendingCommands {
  const { t, outbox, server, view, documents, isConnected, clearLost, say } = sources;

  async function confirmDrop(what: string): Promise<boolean> {
    const drop = t("Drop");
    const detail = t("It is never sent. This cannot be undone.");
    return (await vscode.window.showWarningMessage(what, { modal: true, detail }, drop)) === drop;
  }

  return {
    async refreshPending() {
      await outbox.refresh();
      view.refresh();
    },

    async sendNow() {
      const held = server.current();
      if (!held || !isConnected()) return say(t("You are not connected to a server yet."));
      const after = await held.uploader.flush();
      const { waiting } = outbox.stats();
      if (after.kind === "waiting" || after.kind === "stopped") say(after.sentence);
      else say(waiting === 0 ? t("Everything was sent.") : waitingSentence(waiting, t));
    },

    async openPending(argument) {
      const node = nodeOf(argument);
      if (node?.kind === "event") await documents.open("pending", node.event.id, node.event.path ?? node.event.type);
    },

    async dropPending(argument) {
      const node = nodeOf(argument);
      if (node?.kind === "event") await outbox.drop({ ids: [node.event.id] });
    },

    async dropPendingFile(argument) {
      const node = nodeOf(argument);
      if (node?.kind !== "file") return;
      const { events, path } = node.file;
      const what = t("Drop {count} events of {path}?", { count: events.length, path: path ?? t("no file") });
      if (await confirmDrop(what)) await outbox.drop({ ids: events.map(({ id }) => id) });
    },

    async dropAllPending() {
      const pending = await outbox.pending();
      if (pending.length === 0) return say(t("Nothing waits to be sent."));
      const what = t("Drop all {count} events that wait?", { count: pending.length });
      if (await confirmDrop(what)) await outbox.drop({ ids: pending.map(({ id }) => id) });
    },

    async clearRefused() {
      await outbox.drop({ ids: outbox.refused().map(({ id }) => id) });
      await clearLost();
      view.refresh();
    },
  };
}

/** What the view hands to its commands; from elsewhere it may be anything. */
function nodeOf(argument: unknown): PendingNode | undefined {
  return typeof argument === "object" && argument !== null && "kind" in argument
    ? (argument as PendingNode)
    : undefined;
}
