/** What capture asks of the editor, answered by VS Code. */
import * as vscode from "vscode";
import type { EditorDiagnostic, EditorView, PositionRange } from "../capture/editor-view.ts";

export function editorView(): EditorView {
  return {
    cursor: (uri) => editorOf(uri)?.selection.active ?? null,
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
    diagnostics: (uri) => vscode.languages.getDiagnostics(vscode.Uri.parse(uri, true)).map(asShown),
  };
}

/** The active one where several show the document. */
export function editorOf(uri: string): vscode.TextEditor | undefined {
  const shows = (editor: vscode.TextEditor) => editor.document.uri.toString() === uri;
  const active = vscode.window.activeTextEditor;
  return active && shows(active) ? active : vscode.window.visibleTextEditors.find(shows);
}

/** VS Code counts severities from 0, and wraps a code that has an address. */
function asShown({ range, severity, message, source, code }: vscode.Diagnostic): EditorDiagnostic {
  return {
    start: range.start,
    end: range.end,
    severity: severities[severity],
    message,
    source,
    code: typeof code === "object" ? code.value : code,
  };
}

const severities = {
  [vscode.DiagnosticSeverity.Error]: 1,
  [vscode.DiagnosticSeverity.Warning]: 2,
  [vscode.DiagnosticSeverity.Information]: 3,
  [vscode.DiagnosticSeverity.Hint]: 4,
} as const;
