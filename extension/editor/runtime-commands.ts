/** The commands that need the runtime. One that cannot work says why. */
import * as vscode from "vscode";
import type { SignedReceipt } from "../../shared/wire/deletion.ts";
import type { PolicyAnswer } from "../../shared/wire/policy.ts";
import type { Capture } from "../capture/capture.ts";
import type { Envelopes } from "../capture/envelope.ts";
import type { GiveUpReason } from "../capture/frozen-capture.ts";
import type { Clock } from "../clock.ts";
import type { Client } from "../connection/client.ts";
import type { ReceiptCheck } from "../connection/receipt.ts";
import type { Consent, ConsentSwitch } from "../gate/consent.ts";
import { consentSwitches } from "../gate/consent.ts";
import type { Gate } from "../gate/gate.ts";
import type { Refusals } from "../gate/refusals.ts";
import type { Snooze } from "../gate/snooze.ts";
import { lostSince } from "../outbox/lines.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { RuntimeCommands } from "./command-names.ts";
import { connectToServer } from "./connect.ts";
import type { Decision } from "./consent-commands.ts";
import { decide } from "./consent-commands.ts";
import { consentPanel } from "./consent-panel.ts";
import { deleteMyData, saveReceipt } from "./delete-my-data.ts";
import { chooseSnooze, showMenu } from "./menu.ts";
import type { RedactShown } from "./own-snapshot.ts";
import { ownSnapshot, shownSnapshot } from "./own-snapshot.ts";
import { pendingCommands } from "./pending-commands.ts";
import { pendingView } from "./pending-view.ts";
import { readableDocuments } from "./readable-documents.ts";
import { receiptMarkdown } from "./receipt-text.ts";
import type { ServerHolder } from "./server.ts";
import type { Shell } from "./shell.ts";
import { timeText } from "./sizes.ts";
import { eventMarkdown, snapshotMarkdown } from "./snapshot-markdown.ts";
import type { Status } from "./status.ts";
import { placeSentence } from "./status-text.ts";
import type { Tokens } from "./tokens.ts";
import type { Tracking } from "./tracking.ts";
import { whyMarkdown } from "./why-text.ts";

export interface CommandSources {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly consent: Consent;
  readonly gate: Gate;
  readonly previewGate: Gate;
  readonly snooze: Snooze;
  readonly outbox: Outbox;
  readonly envelopes: Envelopes;
  readonly server: ServerHolder;
  readonly tokens: Tokens;
  readonly refusals: Refusals;
  readonly counts: { readonly settled: number; readonly gaveUp: ReadonlyMap<GiveUpReason, number> };
  readonly capture: Capture;
  readonly tracking: Tracking;
  readonly status: Status;
  readonly redact: RedactShown;
  readonly contributor: () => string | undefined;
  readonly policy: () => PolicyAnswer | null;
  readonly clientOf: (origin: string, token?: (origin: string) => Promise<string | undefined>) => Client;
}

export interface CommandSet {
  readonly commands: RuntimeCommands;
  dispose(): void;
}

export function runtimeCommands(sources: CommandSources): CommandSet {
  const { shell, clock, consent, gate, previewGate, snooze, outbox, server, tokens, refusals, counts } = sources;
  const { capture, tracking, status, contributor, policy, clientOf, redact } = sources;
  const { t, state, settings, log, inBackground } = shell;
  const receipts = new Map<string, { readonly receipt: SignedReceipt; readonly check: ReceiptCheck }>();
  let lastEditor = vscode.window.activeTextEditor;
  const watched = vscode.window.onDidChangeActiveTextEditor((editor) => {
    lastEditor = editor ?? lastEditor;
  });

  const view = pendingView({
    ...{ t, outbox, clock, inBackground },
    lost: () => lostSince(outbox.stats().lost, state.lostCleared.get()),
    isSending: () => server.current() !== undefined && contributor() !== undefined,
    holdChanged: () => server.current()?.uploader.holdChanged(),
  });
  const documents = readableDocuments({
    pending: async (id) => {
      const event = await outbox.read(id);
      return event ? eventMarkdown(event, t) : t("This event waits no more: it was sent or dropped.");
    },
    snapshot: lastSnapshotMarkdown,
    why: whyThis,
    receipt: async (id) => {
      const known = receipts.get(id);
      return known
        ? receiptMarkdown(known.receipt, known.check, t)
        : t("This receipt is shown no more; it is where you kept it.");
    },
  });
  const panel = consentPanel({
    t,
    inBackground,
    preview: (folder) =>
      ownSnapshot({ t, capture, tracking, gate: previewGate, redact, lastEditor: () => lastEditor }, folder),
    destination: async () => ({
      origin: server.current()?.client.origin ?? settings.serverUrl(),
      contributor: contributor(),
      retentionDays: policy()?.policy.retention.days,
    }),
    switches: (folder) =>
      consentSwitches.map((purpose) => ({
        purpose,
        on: consent.state(folder.uri.toString(), purpose, contributor()) === "given",
        pinnedOff: !settings.allows(purpose, folder.uri),
      })),
    save: async (folder, on) => {
      const decision = await decide(sources, folder.uri.toString(), on);
      log.info(`consent: ${decision.given.length} switches on, ${decision.withdrawn.length} off`);
      if (decision.withdrawn.length > 0) offerDeletion(on.length === 0 ? t("Stopped.") : t("Switched off."), decision);
      return decisionSentence(decision, on);
    },
  });

  function decisionSentence({ dropped }: Decision, on: readonly ConsentSwitch[]): string {
    if (on.length === 0) {
      return dropped === 0
        ? t("Saved: everything is off.")
        : t("Saved: everything is off. Dropped from what waited: {dropped}.", { dropped });
    }
    return contributor() === undefined
      ? t(
          "Saved. Run Stillpoint: Connect to Server next: nothing is captured before the server has said what your team allows.",
        )
      : t("Saved. The status bar says what is captured, and you can change this at any time.");
  }

  function offerDeletion(what: string, { dropped }: Pick<Decision, "dropped">): void {
    const said = dropped === 0 ? what : `${what} ${t("What waited was dropped: {count}.", { count: dropped })}`;
    if (contributor() === undefined) say(said);
    else sayAnd(said, t("Delete What Was Sent …"), () => commands.deleteMyData());
  }

  const isOn = (folder: vscode.WorkspaceFolder) =>
    consentSwitches.some((each) => consent.given(folder.uri.toString(), each) !== undefined);

  /** The only one, the one of the file in front, or the one that the person names. */
  async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    const uri = vscode.window.activeTextEditor?.document.uri;
    const own = uri && vscode.workspace.getWorkspaceFolder(uri);
    if (folders.length === 1) return folders[0];
    if (own) return own;
    const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder }));
    const chosen = await vscode.window.showQuickPick(items, { title: t("Contribute from which folder?") });
    return chosen?.folder;
  }

  async function whyThis(): Promise<string> {
    const document = lastEditor?.document;
    const pathOf = (uri: string) => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
    const uri = document?.uri.toString();
    const file = uri && { path: pathOf(uri), verdict: await gate.judgeDocument(uri, "snapshots") };
    const refused = refusals.recent().map(({ uri: of, refusal, at }) => ({
      path: pathOf(of),
      rule: refusal.rule,
      sentence: refusal.sentence,
      time: timeText(new Date(at).toISOString(), clock.now(), vscode.env.language),
    }));
    return whyMarkdown({ file: file || undefined, counts: refusals.counts(), files: refused, ...counts }, t);
  }

  async function lastSnapshotMarkdown(): Promise<string> {
    const last = capture.lastSnapshot();
    if (!last) return t("Nothing was captured since this window was opened.");
    const shown = await shownSnapshot({ t, redact, gate: previewGate }, last);
    return shown.kind === "snapshot" ? snapshotMarkdown(shown.snapshot, t) : shown.sentence;
  }

  /** Nobody waits for a message to be closed: the command is done. */
  const say = (sentence: string) =>
    inBackground("a message", async () => vscode.window.showInformationMessage(sentence));
  /** @param run where the person chooses what is offered with it */
  const sayAnd = (sentence: string, offer: string, run: () => Promise<void>) =>
    inBackground("a message", async () => {
      if ((await vscode.window.showInformationMessage(sentence, offer)) === offer) await run();
    });

  const commands: RuntimeCommands = {
    async startContributing() {
      const place = shell.place();
      if (place === "untrusted") {
        return sayAnd(placeSentence(place, t), t("Manage Workspace Trust"), async () => {
          await vscode.commands.executeCommand("workbench.trust.manage");
        });
      }
      if (place !== "ready") return say(placeSentence(place, t));
      const folder = await chooseFolder();
      if (folder) await panel.open(folder);
    },

    async stopContributing() {
      const folders = (vscode.workspace.workspaceFolders ?? []).filter(isOn);
      if (folders.length === 0) return say(t("Nothing is captured in this workspace; there is nothing to stop."));
      let dropped = 0;
      for (const { uri } of folders) dropped += (await decide(sources, uri.toString(), [])).dropped;
      panel.dispose();
      offerDeletion(t("Stopped."), { dropped });
    },

    async snooze() {
      if (!status.isContributing()) return say(t("Nothing is captured in this workspace; there is nothing to snooze."));
      const choice = await chooseSnooze(snooze.state(), t);
      if (choice === "end") snooze.end();
      else if (choice !== undefined) snooze.start(choice);
    },

    async reviewPending() {
      shell.setContext("stillpoint.hasQueue", true);
      await view.reveal();
    },

    async whyNotCaptured() {
      await documents.open("why", "now", t("Why wasn't this captured?"));
    },

    async deleteMyData() {
      const client = server.current()?.client;
      const person = contributor();
      if (!client || person === undefined) {
        const sentence = t("You are not connected to a server, so there is nothing to delete there.");
        return sayAnd(sentence, t("Connect to Server"), () => commands.connect());
      }
      await deleteMyData({
        ...{ t, clock, client, say, contributor: person },
        begun: () => {
          const begun = state.deletion.get();
          return begun?.origin === client.origin ? begun.id : undefined;
        },
        remember: (id) => state.deletion.set(id === undefined ? undefined : { origin: client.origin, id }),
        dropWaiting: () => outbox.drop({}),
        show: async (receipt, check) => {
          receipts.set(receipt.receipt.id, { receipt, check });
          await documents.open("receipt", receipt.receipt.id, t("Receipt of a deletion"));
          sayAnd(t("Your data was deleted."), t("Keep the Receipt …"), () => saveReceipt(receipt, t));
        },
      });
    },

    connect: () =>
      connectToServer({
        ...{ t, tokens },
        done: (sentence) =>
          shell.place() === "ready" && !status.isContributing()
            ? sayAnd(sentence, t("Start Contributing …"), () => commands.startContributing())
            : say(sentence),
        again: (sentence) => sayAnd(sentence, t("Try Again"), () => commands.connect()),
        address: settings.serverUrl,
        clientWith: (origin, token) => clientOf(origin, async () => token),
        waiting: () => ({ count: outbox.stats().waiting, contributor: state.connection.get()?.contributor }),
        drop: async () => void (await outbox.drop({})),
        connected: async (origin, me) => {
          await state.connection.set({ origin, contributor: me.contributor });
          await consent.claim(me.contributor);
          await server.update();
          await server.tokenChanged();
          gate.changed(undefined);
          tracking.update();
          status.changed();
          log.info(`connected to ${origin}`);
        },
      }),

    async showLastSnapshot() {
      if (!capture.lastSnapshot()) return say(t("Nothing was captured since this window was opened."));
      await documents.open("snapshot", "last", t("Last snapshot"));
    },

    showMenu: () =>
      showMenu(
        {
          ready: shell.place() === "ready",
          contributing: status.isContributing(),
          connected: contributor() !== undefined,
          hasQueue: status.hasQueue(),
          snoozed: snooze.state() !== null,
          status: status.text(),
        },
        t,
      ),

    ...pendingCommands({
      ...{ t, outbox, server, view, documents, say },
      isConnected: () => contributor() !== undefined,
      async clearLost() {
        await state.lostCleared.set(outbox.stats().lost);
        status.changed();
      },
    }),
  };

  return {
    commands,
    dispose() {
      watched.dispose();
      view.dispose();
      documents.dispose();
      panel.dispose();
    },
  };
}
