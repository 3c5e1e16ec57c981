/** Tells of switched branches: what was typed on one is no outcome of what stood on the other. */
import * as vscode from "vscode";
import type { Repositories } from "../context/repository.ts";
import type { Files } from "../gate/files.ts";
import { gitFolders, rootsAbove } from "../gate/repository-roots.ts";
import { inTurn } from "../outbox/queue.ts";

export interface Branches {
  /** Watches the repositories of these workspace folders, and no others. */
  watch(folders: readonly vscode.WorkspaceFolder[]): Promise<void>;
  dispose(): void;
}

export interface BranchSources {
  readonly files: Files;
  readonly repositories: Repositories;
  readonly switched: (folder: string) => void;
  readonly inBackground: (doing: string, run: () => Promise<unknown>) => void;
}

export function watchBranches({ files, repositories, switched, inBackground }: BranchSources): Branches {
  const watched = new Map<string, vscode.Disposable>();
  /** A folder that goes while git is asked about it is not watched afterwards. */
  const queue = inTurn();
  let isDisposed = false;

  async function begin(folder: vscode.WorkspaceFolder): Promise<void> {
    const path = folder.uri.fsPath.replaceAll("\\", "/");
    const [root] = await rootsAbove(files, `${path}/.`, path);
    if (root === undefined) return;
    const { own } = await gitFolders(files, root);
    const head = async () => {
      const { branch, revision } = await repositories.of(path, path);
      // Without a branch, each commit is a place of its own.
      return branch ?? revision;
    };
    let was = await head();
    if (isDisposed) return;
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(own), "HEAD"));
    const look = () =>
      inBackground("looking at the branch", async () => {
        const now = await head();
        if (now !== was) switched(folder.uri.toString());
        was = now;
      });
    watcher.onDidChange(look);
    watcher.onDidCreate(look);
    watched.set(folder.uri.toString(), watcher);
  }

  return {
    watch: (folders) =>
      queue(async () => {
        if (isDisposed) return;
        const wanted = new Map(folders.map((folder) => [folder.uri.toString(), folder]));
        for (const [uri, watcher] of [...watched]) {
          if (wanted.has(uri)) continue;
          watcher.dispose();
          watched.delete(uri);
        }
        for (const [uri, folder] of wanted) if (!watched.has(uri)) await begin(folder);
      }),
    dispose() {
      isDisposed = true;
      for (const watcher of watched.values()) watcher.dispose();
      watched.clear();
    },
  };
}
