/** The settings, and the one rule that they share: a workspace may take away, and neither enable nor redirect. */
import * as vscode from "vscode";
import { isAllowed } from "./allowed.ts";

export type Purpose = "snapshots" | "outcomes" | "ratings" | "predictions";

export interface Settings {
  /** As the person wrote it, in their own settings. */
  serverUrl(): string;
  /** @param purpose is not pinned off by any of the places where `stillpoint.allow.*` can stand */
  allows(purpose: Purpose): boolean;
  /** Patterns of `stillpoint.exclude`, of every place, since each of them only adds. */
  exclude(folder: vscode.Uri): string[];
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
      const found = vscode.workspace.getConfiguration("stillpoint", folder).inspect<unknown>("exclude");
      return [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].flatMap((value) =>
        Array.isArray(value) ? value.filter((pattern): pattern is string => typeof pattern === "string") : [],
      );
    },
  };
}
