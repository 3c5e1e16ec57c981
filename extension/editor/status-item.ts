/** The one item in the status bar. */
import * as vscode from "vscode";
import type { StatusText } from "./status-text.ts";

export interface StatusItem {
  show(text: StatusText): void;
  dispose(): void;
}

export function createStatusItem(name: string): StatusItem {
  const item = vscode.window.createStatusBarItem("stillpoint.status", vscode.StatusBarAlignment.Right, 90);
  item.name = name;
  item.command = "stillpoint.showMenu";
  return {
    show({ text, tooltip, label }) {
      item.text = text;
      item.tooltip = tooltip;
      item.accessibilityInformation = { label, role: "button" };
      item.show();
    },
    dispose: () => item.dispose(),
  };
}
