/** *Stillpoint: Show Log*: what happened, by ids, counts and reasons. No code is in it, at any level. */
import * as vscode from "vscode";
import { describeFault } from "./fault.ts";

export interface Log {
  info(sentence: string): void;
  warn(sentence: string): void;
  /** @param doing what failed, as in `sending events` */
  fault(doing: string, error: unknown): void;
  show(): void;
  dispose(): void;
}

export function createLog(): Log {
  const channel = vscode.window.createOutputChannel("Stillpoint", { log: true });
  return {
    info: (sentence) => channel.info(sentence),
    warn: (sentence) => channel.warn(sentence),
    fault: (doing, error) => channel.error(`${doing}: ${describeFault(error)}`),
    show: () => channel.show(true),
    dispose: () => channel.dispose(),
  };
}
