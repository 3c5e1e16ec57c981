/** *Connect to Server*: its address, a token for it, and a try. */
import * as vscode from "vscode";
import type { Client, Me } from "../connection/client.ts";
import { parseOrigin } from "../connection/origin.ts";
import type { Translate } from "../translate.ts";
import type { Tokens } from "./tokens.ts";

export interface Connecting {
  readonly t: Translate;
  readonly tokens: Tokens;
  /** Says it, and offers to begin anew. */
  readonly again: (sentence: string) => void;
  readonly address: () => string;
  /** A client that has this token and no other. */
  readonly clientWith: (origin: string, token: string) => Client;
  /** How many events wait here, and as whom they were captured. */
  readonly waiting: () => { readonly count: number; readonly contributor: string | undefined };
  readonly drop: () => Promise<void>;
  /** Says it, and offers what comes next. */
  readonly done: (sentence: string) => void;
  /** The connection is good, and is kept. */
  readonly connected: (origin: string, me: Me) => Promise<void>;
}

export async function connectToServer(connecting: Connecting): Promise<void> {
  const { t, tokens, clientWith } = connecting;
  const origin = await askOrigin(connecting);
  if (origin === undefined) return;
  const known = await tokens.of(origin);
  const token = await askToken(connecting, origin, known !== undefined);
  if (token === undefined) return;
  const entered = token === "" ? known : token;
  if (entered === undefined) return;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t("Asking {origin} …", { origin }) },
    () => clientWith(origin, entered).me(),
  );
  if (answer.kind !== "answer") {
    connecting.again(t("Not connected to {origin}: {why}", { origin, why: answer.sentence }));
    return;
  }
  const me = answer.answer;
  if (!(await mayHaveWhatWaits(connecting, me))) return;
  await tokens.keep(origin, entered);
  await vscode.workspace.getConfiguration("stillpoint").update("server.url", origin, vscode.ConfigurationTarget.Global);
  await connecting.connected(origin, me);
  const as = me.name ?? me.contributor;
  connecting.done(
    t("Connected to {origin} as {name} ({role}). Events of yours there: {count}.", {
      origin,
      name: as,
      role: me.token.role,
      count: me.stored.events,
    }),
  );
}

async function askOrigin({ t, address }: Connecting): Promise<string | undefined> {
  const entered = await vscode.window.showInputBox({
    title: t("Stillpoint: Connect to Server (1 of 2)"),
    prompt: t(
      "The address of your team's Stillpoint server. Redacted snapshots go there, from workspaces where you switch that on, and nothing else.",
    ),
    value: address(),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const parsed = parseOrigin(text, t);
      return parsed.ok ? undefined : parsed.sentence;
    },
  });
  const parsed = entered === undefined ? undefined : parseOrigin(entered);
  return parsed?.ok ? parsed.origin : undefined;
}

async function askToken({ t }: Connecting, origin: string, isKnown: boolean): Promise<string | undefined> {
  const entered = await vscode.window.showInputBox({
    title: t("Stillpoint: Connect to Server (2 of 2)"),
    prompt: isKnown
      ? t("Your token for {origin}, or nothing to use the one that was entered before.", { origin })
      : t("Your token for {origin}. It is kept in VS Code's secret storage and sent to this address alone.", {
          origin,
        }),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === "" && !isKnown ? t("Ask whoever runs the server for one.") : undefined),
  });
  return entered?.trim();
}

/** What was captured as one person is not sent as another unless that one says so. */
async function mayHaveWhatWaits({ t, waiting, drop }: Connecting, me: Me): Promise<boolean> {
  const { count, contributor } = waiting();
  if (count === 0 || contributor === undefined || contributor === me.contributor) return true;
  const dropThem = t("Drop What Waits");
  const send = t("Send as {name}", { name: me.name ?? me.contributor });
  const chosen = await vscode.window.showWarningMessage(
    t("{count} events wait that were captured as another contributor.", { count }),
    { modal: true, detail: t("They would be stored as yours.") },
    dropThem,
    send,
  );
  if (chosen === dropThem) await drop();
  return chosen !== undefined;
}
