/** The settings, and the one rule that they share: a workspace may take away, and neither enable nor redirect. */
import * as vscode from "vscode";
import type { ConsentSwitch } from "../gate/consent.ts";
import type { GateSettings } from "../gate/gate.ts";
import { isAllowed } from "./allowed.ts";

export interface Settings {
  /** As the person wrote it, in their own settings. */
  serverUrl(): string;
  /** @param purpose is not pinned off by any of the places where `stillpoint.allow.*` can stand */
  allows(purpose: ConsentSwitch, folder: vscode.Uri): boolean;
  /** What the gate goes by in a workspace folder. */
  ofFolder(folder: vscode.Uri): GateSettings;
}

export function settings(): Settings {
  const own: Settings = {
    serverUrl() {
      const found = vscode.workspace.getConfiguration("stillpoint").inspect<string>("server.url");
      return found?.globalValue ?? found?.defaultValue ?? "";
    },
    allows(purpose, folder) {
      const found = vscode.workspace.getConfiguration("stillpoint", folder).inspect<unknown>(`allow.${purpose}`);
      return isAllowed([found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue]);
    },
    ofFolder: (folder) => ({
      allows: (purpose) => own.allows(purpose, folder),
      exclude: united("exclude", folder),
      denyRepositories: united("denyRepositories", folder),
      filesExclude: vscode.workspace.getConfiguration("files", folder).get("exclude", {}),
    }),
  };
  return own;
}

/** VS Code itself would let the narrowest place win; here every place adds. */
function united(name: string, scope: vscode.Uri): string[] {
  const found = vscode.workspace.getConfiguration("stillpoint", scope).inspect<unknown>(name);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].flatMap((value) =>
    Array.isArray(value) ? value.filter((pattern): pattern is string => typeof pattern === "string") : [],
  );
}
