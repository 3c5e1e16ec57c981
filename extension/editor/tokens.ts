/** Tokens in VS Code's secret storage, each under the address that it was entered for, with its path: another never gets it. */
import type * as vscode from "vscode";

export interface Tokens {
  of(origin: string): Promise<string | undefined>;
  keep(origin: string, token: string): Promise<void>;
}

export function tokensIn(secrets: vscode.SecretStorage): Tokens {
  const key = (origin: string) => `token ${origin}`;
  return {
    of: async (origin) => secrets.get(key(origin)),
    keep: async (origin, token) => secrets.store(key(origin), token),
  };
}
