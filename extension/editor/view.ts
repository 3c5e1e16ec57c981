/** What capture asks of the editor, answered by VS Code. */
import * as vscode from "vscode";
import type { EditorView, PositionRange } from "../capture/editor-view.ts";

export function editorView(): EditorView {
  return {
    cursor(uri) {
      const editor = editorOf(uri);
      return editor ? editor.selection.active : null;
    },
    async enclosing(uri, position) {
      const ranges = await vscode.commands.executeCommand<(vscode.SelectionRange | undefined)[] | undefined>(
        "vscode.executeSelectionRangeProvider",
        vscode.Uri.parse(uri, true),
        [new vscode.Position(position.line, position.character)],
      );
      const found: PositionRange[] = [];
      for (let each = ranges?.[0]; each; each = each.parent) found.push(each.range);
      return found;
    },
    diagnostics: (uri) => diagnosticsOf(vscode.Uri.parse(uri, true)),
  };
}

/** The active one where several show the document. */
function editorOf(uri: string): vscode.TextEditor | undefined {
  const shows = (editor: vscode.TextEditor) => editor.document.uri.toString() === uri;
  const active = vscode.window.activeTextEditor;
  return active && shows(active) ? active : vscode.window.visibleTextEditors.find(shows);
}
