/** In which workspace folder a document is, and under which path it is known there. */
import * as vscode from "vscode";
import { parseUri } from "../gate/uri.ts";

export interface Where {
  /** The folder's URI. */
  readonly folder: string;
  /** Relative to it, `/` between its parts. A cell's is its notebook's. */
  readonly path: string;
}

const cellScheme = "vscode-notebook-cell";

/**
 * A document that was never saved and says no place to be saved to belongs to the folder where there is but one. Undefined for
 * what is in no folder.
 */
export function whereIs(uri: vscode.Uri): Where | undefined {
  if (uri.scheme === "untitled" && !uri.path.startsWith("/")) {
    const [folder, ...others] = vscode.workspace.workspaceFolders ?? [];
    return folder && others.length === 0 ? { folder: folder.uri.toString(), path: uri.path } : undefined;
  }
  // Of a notebook that is no file: an earlier revision from git, or another machine's. The path says nothing of that.
  if (uri.scheme === cellScheme && parseUri(uri.toString(), process.platform)?.path == null) return undefined;
  const onDisk =
    uri.scheme === cellScheme || uri.scheme === "untitled" ? uri.with({ scheme: "file", fragment: "" }) : uri;
  const folder = vscode.workspace.getWorkspaceFolder(onDisk);
  if (!folder) return undefined;
  const root = folder.uri.path.endsWith("/") ? folder.uri.path : `${folder.uri.path}/`;
  if (!onDisk.path.startsWith(root)) return undefined;
  return { folder: folder.uri.toString(), path: onDisk.path.slice(root.length) };
}
