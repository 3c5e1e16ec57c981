/** The settings, and the one rule that they share: a workspace may take away, and neither enable nor redirect. */
import * as vscode from "vscode";
import type { ConsentSwitch } from "../gate/consent.ts";
import { isAllowed } from "./allowed.ts";

export interface Settings {
  /** As the person wrote it, in their own settings. */
  serverUrl(): string;
  /** @param purpose is not pinned off by any of the places where `stillpoint.allow.*` can stand */
  allows(purpose: ConsentSwitch): boolean;
  /** Patterns of `stillpoint.exclude`, of every place, since each of them only adds. */
  exclude(folder: vscode.Uri): string[];
  /** Patterns of repositories, of every place. */
  denyRepositories(): string[];
}

export function settings(): Settings {
  return {
    serverUrl() {
      const found = vscode.workspace.getConfiguration("stillpoint").inspect<string>("server.url");
      return found?.globalValue ?? found?.defaultValue ?? "";
    },
    allows(purpose) {
      const found = vscode.workspace.getConfiguration("stillpoint").inspect<unknown>(`allow.${purpose}`);
      return isAllowed([found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue]);
    },
    exclude(folder) {
      return united("exclude", folder);
    },
    denyRepositories: () => united("denyRepositories"),
  };
}

/** VS Code itself would let the narrowest place win; here every place adds. */
function united(name: string, scope?: vscode.Uri): string[] {
  const found = vscode.workspace.getConfiguration("stillpoint", scope).inspect<unknown>(name);
  return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].flatMap((value) =>
    Array.isArray(value) ? value.filter((pattern): pattern is string => typeof pattern === "string") : [],
  );
}
