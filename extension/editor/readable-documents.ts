/** Documents that can be read and not written, made when they are opened: `stillpoint:/KIND/ID/TITLE.md`. */
import * as vscode from "vscode";

const scheme = "stillpoint";

/** Makes a document's Markdown from its id. */
export type Render = (id: string) => Promise<string>;

export interface ReadableDocuments {
  open(kind: string, id: string, title: string): Promise<void>;
  /** Opened ones show what is so now. */
  refresh(kind: string): void;
  dispose(): void;
}

export function readableDocuments(kinds: Readonly<Record<string, Render>>): ReadableDocuments {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registered = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: changed.event,
    async provideTextDocumentContent(uri) {
      const [, kind = "", id = ""] = uri.path.split("/");
      return (await kinds[kind]?.(decodeURIComponent(id))) ?? "";
    },
  });
  return {
    async open(kind, id, title) {
      const name = title.replace(/[/\\?#%\p{Cc}]+/gu, " ").trim();
      const uri = vscode.Uri.from({ scheme, path: `/${kind}/${encodeURIComponent(id)}/${name}.md` });
      // Read again, since what is so may have changed since it was last opened.
      changed.fire(uri);
      // The preview belongs to an extension that can be switched off.
      if (vscode.extensions.getExtension("vscode.markdown-language-features")) {
        await vscode.commands.executeCommand("markdown.showPreview", uri);
      } else await vscode.window.showTextDocument(uri, { preview: true });
    },
    refresh(kind) {
      for (const { uri } of vscode.workspace.textDocuments) {
        if (uri.scheme === scheme && uri.path.startsWith(`/${kind}/`)) changed.fire(uri);
      }
    },
    dispose() {
      registered.dispose();
      changed.dispose();
    },
  };
}
