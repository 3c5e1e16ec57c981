/** What the context asks, answered by VS Code's providers, the documents that it has open, and the disk. */
import * as vscode from "vscode";
import type { Position } from "../capture/document.ts";
import type { DeclaredSymbol, Lookups, LookupTarget } from "../context/lookups.ts";

const containers: ReadonlySet<vscode.SymbolKind> = new Set([
  vscode.SymbolKind.File,
  vscode.SymbolKind.Module,
  vscode.SymbolKind.Namespace,
  vscode.SymbolKind.Package,
  vscode.SymbolKind.Class,
  vscode.SymbolKind.Interface,
  vscode.SymbolKind.Struct,
  vscode.SymbolKind.Enum,
]);

export function lookups(): Lookups {
  return {
    definition: (uri, at) => targets("vscode.executeDefinitionProvider", uri, at),
    typeDefinition: (uri, at) => targets("vscode.executeTypeDefinitionProvider", uri, at),
    async text(uri, maxBytes) {
      const open = documentOf(uri);
      if (open) {
        const text = open.getText();
        return Buffer.byteLength(text) > maxBytes ? null : text;
      }
      return textOnDisk(vscode.Uri.parse(uri, true), maxBytes);
    },
    async symbols(uri) {
      // Asking about any other would open it: every extension would hear of a document that the person never opened.
      const document = documentOf(uri);
      if (!document) return [];
      const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
        "vscode.executeDocumentSymbolProvider",
        document.uri,
      );
      return (found ?? []).map(asDeclared);
    },
  };
}

function documentOf(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

async function targets(command: string, uri: string, { line, character }: Position): Promise<LookupTarget[]> {
  const found = await vscode.commands.executeCommand<(vscode.Location | vscode.LocationLink)[] | undefined>(
    command,
    vscode.Uri.parse(uri, true),
    new vscode.Position(line, character),
  );
  return (found ?? []).map((target) =>
    "targetUri" in target
      ? {
          uri: target.targetUri.toString(),
          range: target.targetRange,
          ...(target.targetSelectionRange ? { name: target.targetSelectionRange } : {}),
        }
      : { uri: target.uri.toString(), range: target.range },
  );
}

/** Null for what is no text in UTF-8, is not there, or is longer. */
async function textOnDisk(uri: vscode.Uri, maxBytes: number): Promise<string | null> {
  try {
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.File) === 0 || size > maxBytes) return null;
    const bytes = await vscode.workspace.fs.readFile(uri);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    // A TypeError is the decoder's word for bytes that are no UTF-8.
    if (error instanceof vscode.FileSystemError || error instanceof TypeError) return null;
    throw error;
  }
}

function asDeclared({ kind, range, selectionRange, children }: vscode.DocumentSymbol): DeclaredSymbol {
  return {
    isContainer: containers.has(kind),
    range,
    name: selectionRange,
    children: children.map(asDeclared),
  };
}
