/** What VS Code's change events are like, where capture relies on it. */
import { deepEqual } from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";

describe("a change event of VS Code", () => {
  it("gives positions in the text before, also with several changes and CRLF", async () => {
    const document = await vscode.workspace.openTextDocument({ content: "a\r\nb\r\nc\r\n", language: "plaintext" });
    const changes: [number, number, string][] = [];
    const heard = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== document) return;
      for (const { range, text } of event.contentChanges) changes.push([range.start.line, range.start.character, text]);
    });
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 1), "1\r\n");
    edit.insert(document.uri, new vscode.Position(2, 1), "3");
    await vscode.workspace.applyEdit(edit);
    heard.dispose();
    deepEqual(
      changes.toSorted((one, other) => one[0] - other[0]),
      [
        [0, 1, "1\r\n"],
        [2, 1, "3"],
      ],
    );
  });
});
