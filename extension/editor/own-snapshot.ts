/** A snapshot of the person's own, to be shown to them alone: made, judged and redacted as all are, and kept nowhere. */
import * as vscode from "vscode";
import type { Redaction } from "../../shared/privacy/redact.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { Capture } from "../capture/capture.ts";
import type { FrozenCapture } from "../capture/frozen-capture.ts";
import type { Gate } from "../gate/gate.ts";
import type { Translate } from "../translate.ts";
import type { Preview } from "./consent-page.ts";
import type { Tracking } from "./tracking.ts";

/** As what is kept is redacted. */
export type RedactShown = (input: {
  readonly snapshot: Snapshot;
  readonly surroundings: readonly string[];
}) => Promise<Redaction<never>>;

export interface OwnSnapshotSources {
  readonly t: Translate;
  readonly capture: Capture;
  readonly tracking: Tracking;
  /** Its rules about files, and not those about consent: nothing leaves. */
  readonly gate: Pick<Gate, "judgeFiles" | "judgeSecrets">;
  readonly redact: RedactShown;
  /** Which was in front before the page that shows it. */
  readonly lastEditor: () => vscode.TextEditor | undefined;
}

/** Of a file of the folder that the person has open. */
export async function ownSnapshot(sources: OwnSnapshotSources, folder: vscode.WorkspaceFolder): Promise<Preview> {
  const { t, capture, tracking, lastEditor } = sources;
  const editors = [lastEditor(), vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  const editor = editors.find((each) => each && isIn(folder, each.document.uri) && !each.document.isClosed);
  const document = editor?.document ?? (await fromTabs(folder));
  if (!document) {
    return {
      kind: "none",
      sentence: t("Open a file of {folder} to see a snapshot of it here.", { folder: folder.name }),
    };
  }
  const uri = document.uri.toString();
  const position = editor?.selection.active ?? new vscode.Position(0, 0);
  const made = await tracking.during(document, () => capture.preview(uri, position));
  if (!made) return { kind: "none", sentence: t("The file that is open is too big to be captured.") };
  if (!made.ok) return { kind: "none", sentence: t("No snapshot can be made at the cursor: its line is too long.") };
  return shownSnapshot(sources, made.capture);
}

/** As it would be kept. */
export async function shownSnapshot(
  { t, gate, redact }: Pick<OwnSnapshotSources, "t" | "gate" | "redact">,
  capture: FrozenCapture,
): Promise<Preview> {
  const { document, snapshot } = await gate.judgeFiles(capture, "snapshots");
  if (!document.ok) return { kind: "none", sentence: document.sentence };
  const redacted = await redact({ snapshot, surroundings: capture.surroundings });
  if (!redacted.ok)
    return { kind: "none", sentence: t("What would have to be replaced in it is too much; no snapshot is made here.") };
  const left = gate.judgeSecrets(capture.uri, redacted.snapshot, undefined);
  if (!left.ok) return { kind: "none", sentence: left.sentence };
  return { kind: "snapshot", snapshot: redacted.snapshot, replaced: redacted.counts };
}

function isIn(folder: vscode.WorkspaceFolder, uri: vscode.Uri): boolean {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() === folder.uri.toString();
}

/** A page in front hides editors, and VS Code knows of hidden ones by their tabs alone. */
async function fromTabs(folder: vscode.WorkspaceFolder): Promise<vscode.TextDocument | undefined> {
  const inputs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ input }) => input));
  const found = inputs.find((input) => input instanceof vscode.TabInputText && isIn(folder, input.uri));
  return found instanceof vscode.TabInputText ? vscode.workspace.openTextDocument(found.uri) : undefined;
}
