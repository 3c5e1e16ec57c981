/** The consent page in its panel: one at a time, for one workspace folder. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { ConsentSwitch } from "../gate/consent.ts";
import { consentTextVersion, offeredSwitches } from "../gate/consent.ts";
import type { Translate } from "../translate.ts";
import type { Preview, SwitchState } from "./consent-page.ts";
import { consentPage, leadSentence } from "./consent-page.ts";
import type { Destination } from "./consent-text.ts";

export interface ConsentPanelSources {
  readonly t: Translate;
  /** A snapshot of the file that the person has open in the folder; kept nowhere. */
  preview(folder: vscode.WorkspaceFolder): Promise<Preview>;
  destination(): Promise<Destination>;
  switches(folder: vscode.WorkspaceFolder): readonly SwitchState[];
  /** @returns what became of it, in a sentence */
  save(folder: vscode.WorkspaceFolder, on: readonly ConsentSwitch[]): Promise<string>;
  inBackground(doing: string, run: () => Promise<unknown>): void;
}

export interface ConsentPanel {
  open(folder: vscode.WorkspaceFolder): Promise<void>;
  dispose(): void;
}

export function consentPanel(sources: ConsentPanelSources): ConsentPanel {
  const { t } = sources;
  let open: { readonly panel: vscode.WebviewPanel; readonly folder: vscode.WorkspaceFolder } | undefined;

  async function render(panel: vscode.WebviewPanel, folder: vscode.WorkspaceFolder): Promise<void> {
    const [preview, destination] = await Promise.all([sources.preview(folder), sources.destination()]);
    // Closed while the snapshot was made.
    if (open?.panel !== panel) return;
    panel.webview.html = consentPage({
      t,
      language: vscode.env.language,
      nonce: randomBytes(16).toString("hex"),
      folder: folder.name,
      destination,
      preview,
      switches: sources.switches(folder),
      textVersion: consentTextVersion,
    });
  }

  async function heard(panel: vscode.WebviewPanel, folder: vscode.WorkspaceFolder, message: unknown): Promise<void> {
    const { type, on } =
      typeof message === "object" && message !== null ? (message as { type?: unknown; on?: unknown }) : {};
    if (type === "close") panel.dispose();
    else if (type === "again") await render(panel, folder);
    else if (type === "save" && Array.isArray(on)) {
      const sentence = await sources.save(
        folder,
        offeredSwitches.filter((each) => on.includes(each)),
      );
      // What the page said of itself before is not so any more.
      const lead = leadSentence(sources.switches(folder), t);
      await panel.webview.postMessage({ type: "saved", sentence, lead, close: t("Close") });
    }
  }

  return {
    async open(folder) {
      if (open?.folder.uri.toString() === folder.uri.toString()) {
        open.panel.reveal();
        await render(open.panel, folder);
        return;
      }
      open?.panel.dispose();
      const panel = vscode.window.createWebviewPanel(
        "stillpoint.consent",
        t("Contribute from {folder}", { folder: folder.name }),
        // Beside nothing: the file it shows stays where it is.
        vscode.ViewColumn.Active,
        { enableScripts: true, localResourceRoots: [], enableFindWidget: true },
      );
      open = { panel, folder };
      panel.onDidDispose(() => {
        if (open?.panel === panel) open = undefined;
      });
      panel.webview.onDidReceiveMessage((message: unknown) =>
        sources.inBackground("the consent page", () => heard(panel, folder, message)),
      );
      await render(panel, folder);
    },
    dispose: () => open?.panel.dispose(),
  };
}
