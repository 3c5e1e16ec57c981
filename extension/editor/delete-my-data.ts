/** *Delete My Data*: everything that the server got from this person, with the receipt, verified here. */
import * as vscode from "vscode";
import type { SignedReceipt } from "../../shared/wire/deletion.ts";
import type { Clock } from "../clock.ts";
import type { Client } from "../connection/client.ts";
import { carryOutDeletion } from "../connection/deletion.ts";
import type { ReceiptCheck } from "../connection/receipt.ts";
import { checkReceipt } from "../connection/receipt.ts";
import type { Translate } from "../translate.ts";

export interface Deleting {
  readonly t: Translate;
  readonly clock: Clock;
  readonly say: (sentence: string) => void;
  readonly client: Client;
  readonly contributor: string;
  /** One that was asked for and not done when somebody last looked. */
  readonly begun: () => string | undefined;
  readonly remember: (deletionId: string | undefined) => Promise<void>;
  /** What waits here is of the past, too. */
  readonly dropWaiting: () => Promise<number>;
  readonly show: (receipt: SignedReceipt, check: ReceiptCheck) => Promise<void>;
}

export async function deleteMyData(deleting: Deleting): Promise<void> {
  const { t, client, say, begun } = deleting;
  const id = begun();
  if (id === undefined && !(await isConfirmed(deleting))) return;
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: t("Deleting your data on {origin} …", { origin: client.origin }),
  };
  const done = await vscode.window.withProgress(progress, () => carryOutDeletion(deleting, id));
  // What was begun is not there to be gone on with: the person decides anew.
  if (done.kind === "unknown") return deleteMyData(deleting);
  if (done.kind === "failed") {
    say(t("Your data could not be deleted: {why}", { why: done.sentence }));
    return;
  }
  const { receipt, id: deletionId } = done.deletion;
  if (!receipt) {
    say(
      t(
        "The deletion is in force: nothing from before is taken any more. Something on the server still uses files that hold your data; run Delete My Data again later for the receipt.",
      ),
    );
    return;
  }
  await deleting.remember(undefined);
  await deleting.show(receipt, await checked(deleting, receipt, deletionId));
}

async function isConfirmed({ t, client, say }: Deleting): Promise<boolean> {
  const known = await client.me();
  if (known.kind !== "answer") {
    say(t("Not connected to {origin}: {why}", { origin: client.origin, why: known.sentence }));
    return false;
  }
  const confirm = t("Delete Everything");
  const chosen = await vscode.window.showWarningMessage(
    t("Delete everything that {origin} has of you?", { origin: client.origin }),
    {
      modal: true,
      detail: t(
        "{count} events are stored of you there. They, and what was made of them, are deleted, and what waits here is dropped. This cannot be undone, and a model that has been trained keeps what it learned. You get a signed receipt. It does not stop you from contributing: that is another command.",
        { count: known.answer.stored.events },
      ),
    },
    confirm,
  );
  return chosen === confirm;
}

async function checked(
  { t, client, contributor }: Deleting,
  receipt: SignedReceipt,
  deletionId: string,
): Promise<ReceiptCheck> {
  const key = await client.receiptKey();
  if (key.kind !== "answer") return { ok: false, sentence: key.sentence };
  return checkReceipt(receipt, { publicKey: key.answer.publicKey, deletionId, contributor }, t);
}

/** Where the person wants it. */
export async function saveReceipt(receipt: SignedReceipt, t: Translate): Promise<void> {
  const into = await vscode.window.showSaveDialog({
    title: t("Keep the Receipt"),
    saveLabel: t("Keep"),
    defaultUri: vscode.Uri.file(`stillpoint-receipt-${receipt.receipt.completedAt.slice(0, 10)}.json`),
    filters: { JSON: ["json"] },
  });
  if (into) await vscode.workspace.fs.writeFile(into, Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`));
}
