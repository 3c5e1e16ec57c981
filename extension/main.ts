/** Where VS Code begins and ends. Nothing is captured, read or sent before a person has consented. */
import type * as vscode from "vscode";
import { registerCommands } from "./editor/commands.ts";
import type { Shell } from "./editor/shell.ts";
import { begin, createShell } from "./editor/shell.ts";

let shell: Shell | undefined;

export function activate(context: vscode.ExtensionContext): void {
  shell = createShell(context, () => import("./editor/runtime.ts"));
  registerCommands(shell);
  begin(shell);
}

export async function deactivate(): Promise<void> {
  await shell?.end();
  shell = undefined;
}
