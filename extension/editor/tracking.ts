/** VS Code's documents, as capture follows them: opened, changed, closed, reverted. */
import * as vscode from "vscode";
import type { Capture } from "../capture/capture.ts";
import type { TrackedDocument } from "../capture/document.ts";
import { trackedDocument } from "../capture/document.ts";
import type { Clock, Disposable } from "../clock.ts";
import { contentLimits } from "../gate/content.ts";
import { editorOf } from "./view.ts";
import { whereIs } from "./where.ts";

/**
 * VS Code tells of a saved document's first change before it tells that the document is no longer as it was saved. What came
 * from the disk leaves it as saved; this long after a change, VS Code has said.
 */
const unsavedWithinMs = 100;

const trackedSchemes = new Set(["file", "untitled", "vscode-notebook-cell"]);

export interface Tracking {
  /** Undefined for what is not tracked. */
  of(uri: string): TrackedDocument | undefined;
  /** What may be followed, or the workspace's folders, may have changed: tracks what is to be tracked now, and drops the rest. */
  update(): void;
  /** Tracks a document for as long as `use` takes, for a preview before there is consent. */
  during<Result>(document: vscode.TextDocument, use: () => Promise<Result>): Promise<Result | undefined>;
  dispose(): void;
}

export interface TrackingSources {
  readonly capture: Capture;
  readonly clock: Pick<Clock, "after">;
  /** Whether documents of this folder may be followed now. */
  readonly isWanted: (folder: string) => boolean;
}

export function trackDocuments({ capture, clock, isWanted }: TrackingSources): Tracking {
  const tracked = new Map<string, TrackedDocument>();
  /** Capture may hold something of these folders, also where none of their documents is open any more. */
  const followed = new Set<string>();
  /** Documents that have changed and are as saved, until VS Code says otherwise. */
  const maybeFromDisk = new Map<string, Disposable>();
  let isDisposed = false;

  function track(document: vscode.TextDocument, wanted = isWanted): boolean {
    const where = trackedSchemes.has(document.uri.scheme) ? whereIs(document.uri) : undefined;
    if (!where || !wanted(where.folder) || document.lineCount > contentLimits.lines) return false;
    const text = document.getText();
    if (text.length > contentLimits.bytes) return false;
    const uri = document.uri.toString();
    const eol = document.eol === vscode.EndOfLine.CRLF ? "crlf" : "lf";
    const { languageId, version } = document;
    const own = trackedDocument({ uri, ...where, languageId, eol, version, text });
    tracked.set(uri, own);
    followed.add(where.folder);
    capture.documentOpened(own);
    return true;
  }

  function forget(uri: string): void {
    if (tracked.delete(uri)) capture.closed(uri);
  }

  function stop(folder: string): void {
    for (const [uri, each] of [...tracked]) if (each.folder === folder) tracked.delete(uri);
    followed.delete(folder);
    capture.stopped(folder);
  }

  /** Folders of the workspace come and go, also around a document that stays open. */
  function hasMoved(document: vscode.TextDocument): boolean {
    const known = tracked.get(document.uri.toString());
    const where = known && whereIs(document.uri);
    return known !== undefined && (where?.folder !== known.folder || where.path !== known.path);
  }

  /** Nobody wrote what comes from the disk: what was to be learned from the text that it replaces has no answer. */
  function watchForDisk(uri: string): void {
    maybeFromDisk.get(uri)?.dispose();
    const decide = () => {
      maybeFromDisk.delete(uri);
      capture.reverted(uri);
    };
    maybeFromDisk.set(uri, clock.after(unsavedWithinMs, decide));
  }

  function isUnsaved(uri: string): void {
    maybeFromDisk.get(uri)?.dispose();
    maybeFromDisk.delete(uri);
  }

  function changed({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    const uri = document.uri.toString();
    const known = tracked.get(uri);
    if (!known) return;
    if (document.isDirty) isUnsaved(uri);
    // Undoing leads back to what was saved, too.
    else if (contentChanges.length > 0 && reason === undefined && document.uri.scheme === "file") watchForDisk(uri);
    const change = {
      version: document.version,
      changes: contentChanges.map(({ range, text }) => ({ start: range.start, end: range.end, text })),
      reason: reasonOf(reason),
      eol: document.eol === vscode.EndOfLine.CRLF ? "crlf" : "lf",
      cursors: editorOf(uri)?.selections.length,
    } as const;
    const result = capture.changed(uri, change);
    if (result === "applied") return;
    tracked.delete(uri);
    track(document);
  }

  /** @param gone paths of files and folders; a cell's is its notebook's */
  function renamed(gone: readonly string[]): void {
    const isGone = (uri: string) => {
      const { path } = vscode.Uri.parse(uri, true);
      return gone.some((old) => path === old || path.startsWith(`${old}/`));
    };
    capture.renamed(isGone);
    for (const uri of [...tracked.keys()]) if (isGone(uri)) tracked.delete(uri);
  }

  const subscriptions = [
    vscode.workspace.onDidOpenTextDocument((document) => void track(document)),
    vscode.workspace.onDidChangeTextDocument(changed),
    vscode.workspace.onDidCloseTextDocument((document) => forget(document.uri.toString())),
    vscode.workspace.onDidRenameFiles(({ files }) => renamed(files.map(({ oldUri }) => oldUri.path))),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      const uri = textEditor.document.uri.toString();
      if (tracked.has(uri)) capture.cursorMoved(uri);
    }),
  ];

  return {
    of: (uri) => tracked.get(uri),
    update() {
      if (isDisposed) return;
      for (const folder of [...followed]) if (!isWanted(folder)) stop(folder);
      for (const document of vscode.workspace.textDocuments) {
        const uri = document.uri.toString();
        if (hasMoved(document)) forget(uri);
        if (!tracked.has(uri)) track(document);
      }
    },
    async during(document, use) {
      const uri = document.uri.toString();
      if (tracked.has(uri)) return use();
      if (!track(document, () => true)) return undefined;
      try {
        return await use();
      } finally {
        const folder = tracked.get(uri)?.folder;
        // Consent may have been given meanwhile.
        if (folder !== undefined && !isWanted(folder)) stop(folder);
      }
    },
    dispose() {
      isDisposed = true;
      for (const each of subscriptions) each.dispose();
      for (const each of maybeFromDisk.values()) each.dispose();
      maybeFromDisk.clear();
      tracked.clear();
      followed.clear();
    },
  };
}

function reasonOf(reason: vscode.TextDocumentChangeReason | undefined): "undo" | "redo" | undefined {
  if (reason === vscode.TextDocumentChangeReason.Undo) return "undo";
  return reason === vscode.TextDocumentChangeReason.Redo ? "redo" : undefined;
}
