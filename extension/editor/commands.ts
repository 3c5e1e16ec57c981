/** The commands, each held so that nothing it does can end in an unhandled rejection. */
import * as vscode from "vscode";
import { runtimeCommandNames } from "./command-names.ts";
import { isCancelled } from "./fault.ts";
import type { Shell } from "./shell.ts";

export function registerCommands(shell: Shell): void {
  const register = (name: string, run: (argument: unknown) => Promise<void>) => {
    const guarded = async (argument: unknown) => {
      try {
        await run(argument);
      } catch (error) {
        if (isCancelled(error)) return;
        shell.log.fault(`the command ${name}`, error);
        shell.inBackground("telling of a fault", () => tellOfFault(shell));
      }
    };
    shell.context.subscriptions.push(vscode.commands.registerCommand(`stillpoint.${name}`, guarded));
  };
  register("showLog", async () => shell.log.show());
  for (const name of runtimeCommandNames) {
    register(name, async (argument) => (await shell.runtime()).commands[name](argument));
  }
}

async function tellOfFault({ t, log }: Shell): Promise<void> {
  const showLog = t("Show Log");
  const chosen = await vscode.window.showErrorMessage(t("Stillpoint could not do that; its log says more."), showLog);
  if (chosen === showLog) log.show();
}
