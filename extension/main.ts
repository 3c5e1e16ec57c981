/** Where VS Code begins and ends. Nothing is captured, read or sent before a person has consented. */
import type * as vscode from "vscode";
import { registerCommands } from "./editor/commands.ts";
import { createShell, showAsleep } from "./editor/shell.ts";

export function activate(context: vscode.ExtensionContext): void {
  const shell = createShell(context, () => import("./editor/runtime.ts"));
  registerCommands(shell);
  showAsleep(shell);
}
