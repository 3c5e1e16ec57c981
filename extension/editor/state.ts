/**
 * What is remembered between sessions, beside consent itself. In `globalState` and never marked for synchronisation: it is about
 * this machine.
 */
import type * as vscode from "vscode";
import type { LostCounts } from "../outbox/lines.ts";

export interface State {
  /** The walkthrough was opened, once for all. */
  welcomed: Remembered<boolean>;
  /** The origin whose token was tried and found good, and who the server said that is. */
  connection: Remembered<{ readonly origin: string; readonly contributor: string } | undefined>;
  /** Asked for and not done when somebody last looked. */
  deletion: Remembered<{ readonly origin: string; readonly id: string } | undefined>;
  /** Folders with a consent, by URI: where one is open, capture is loaded. What counts is what the gate knows. */
  contributingFolders: Remembered<readonly string[]>;
  /** With which what a person agreed to is marked as theirs; empty before the first start. It is nowhere else. */
  consentKey: Remembered<string>;
  /** What was lost when the person last cleared the list of what was not sent: they have read it. */
  lostCleared: Remembered<LostCounts>;
  /** Something waits in the outbox, so that it is worth loading. */
  hasQueue: Remembered<boolean>;
}

interface Remembered<T> {
  get(): T;
  set(value: T): Promise<void>;
}

export function rememberedState(store: vscode.Memento): State {
  const remembered = <T>(key: string, otherwise: T): Remembered<T> => ({
    get: () => store.get<T>(key, otherwise),
    set: async (value) => store.update(key, value),
  });
  return {
    welcomed: remembered("welcomed", false),
    connection: remembered<{ origin: string; contributor: string } | undefined>("connection", undefined),
    deletion: remembered<{ origin: string; id: string } | undefined>("deletion", undefined),
    contributingFolders: remembered<readonly string[]>("contributingFolders", []),
    consentKey: remembered("consentKey", ""),
    lostCleared: remembered<LostCounts>("lostCleared", { cap: 0, disk: 0, damaged: 0 }),
    hasQueue: remembered("hasQueue", false),
  };
}
