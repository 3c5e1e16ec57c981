/** In which folder of the workspace a document is: the innermost, where one lies in another. */
import type { DocumentUri } from "./uri.ts";
import { parseUri, relativeTo } from "./uri.ts";

export interface WorkspaceFolder {
  readonly uri: string;
  /** Absolute. */
  readonly path: string;
}

export interface Located {
  /** Null for what is no address. Its path begins as the folder writes it. */
  readonly at: DocumentUri | null;
  readonly folder: WorkspaceFolder | undefined;
}

/** @param folders the workspace folders' URIs */
export function locate(uri: string, folders: readonly string[], platform: NodeJS.Platform): Located {
  const at = parseUri(uri, platform);
  const onDisk = folders.flatMap((each): WorkspaceFolder[] => {
    const folder = parseUri(each, platform);
    return folder?.scheme === "file" && folder.path !== null ? [{ uri: each, path: folder.path }] : [];
  });
  if (at?.path == null) {
    // A document that was never saved belongs to the folder where there is but one. A cell of what is no file does not: it may
    // be of an earlier revision, or of another machine.
    const isAlone = at?.scheme !== "file" && at?.scheme !== "vscode-notebook-cell" && folders.length === 1;
    return { at, folder: isAlone ? onDisk[0] : undefined };
  }
  const { path } = at;
  // Where file systems do not tell letters by their case, as a rule. Where the file really lies, the disk says.
  const isInsensitive = platform === "win32" || platform === "darwin";
  const around = onDisk.flatMap((folder) => {
    const inside = isInsensitive ? startingWith(folder.path, path) : path;
    return relativeTo(folder.path, inside) === null ? [] : [{ folder, at: { ...at, path: inside } }];
  });
  const [innermost] = around.sort((a, b) => b.folder.path.length - a.folder.path.length);
  return innermost ?? { at, folder: undefined };
}

/** A path that differs from a folder's at most by case, as the folder writes it. */
function startingWith(folder: string, path: string): string {
  const start = path.slice(0, folder.length);
  return start.toLowerCase() === folder.toLowerCase() ? folder + path.slice(folder.length) : path;
}
