/** What VS Code's own providers say of a small TypeScript project, and what the context makes of it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import type { CapturePoint } from "../../../extension/capture/capture-point.ts";
import { freezePoint } from "../../../extension/capture/capture-point.ts";
import type { Position } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import type { GatheredContext } from "../../../extension/capture/gather.ts";
import { systemClock } from "../../../extension/clock.ts";
import { describeDiagnostics } from "../../../extension/context/diagnostics.ts";
import { gatherContext } from "../../../extension/context/gather.ts";
import { lookups } from "../../../extension/editor/lookups.ts";
import { editorView } from "../../../extension/editor/view.ts";

const patienceMs = 40_000;
const pollMs = 200;

const main = `import { tax } from "tiny-tax";
import { total } from "./basket";

export function checkout(rate: number) {
  const basket = open();
  const sum: string = total(basket);
  return tax(sum, rate);
}

function open() {
  return load("basket");
}

import { load } from "./load";
`;
const files: Record<string, string> = {
  "tsconfig.json": JSON.stringify({
    compilerOptions: { strict: true, moduleResolution: "node", module: "es2020", types: [] },
  }),
  "src/main.ts": main,
  "src/basket.ts": `import type { Basket } from "./load";\n\n/** Of everything in it. */\nexport function total(basket: Basket): number {\n${Array.from({ length: 30 }, (_, at) => `  basket.items.push("${at}");\n`).join("")}  return basket.items.length;\n}\n`,
  "src/load.ts":
    "export interface Basket {\r\n  items: string[];\r\n}\r\n\r\nexport function load(name: string): Basket {\r\n  return { items: [name] };\r\n}\r\n",
  "node_modules/tiny-tax/package.json": JSON.stringify({ name: "tiny-tax", version: "1.0.0", types: "lib/index.d.ts" }),
  "node_modules/tiny-tax/lib/index.d.ts":
    "/** With the tax. */\nexport declare function tax(sum: number, rate: number): number;\n",
};

describe("the context of a TypeScript project", () => {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const root = folder?.uri.fsPath ?? "";
  let document: vscode.TextDocument;

  before(async function () {
    this.timeout(patienceMs * 2);
    ok(folder);
    equal(realpathSync(root), root);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    document = await vscode.workspace.openTextDocument(join(root, "src/main.ts"));
    await vscode.window.showTextDocument(document);
    // The language server takes its time to load the project.
    await until(() => editorView().diagnostics(document.uri.toString()).length > 0);
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    for (const path of ["tsconfig.json", "src", "node_modules"])
      rmSync(join(root, path), { recursive: true, force: true });
  });

  function freeze(cursor: Position): CapturePoint {
    const tracked = trackedDocument({
      uri: document.uri.toString(),
      path: "src/main.ts",
      folder: folder?.uri.toString() ?? "",
      languageId: document.languageId,
      eol: "lf",
      version: document.version,
      text: document.getText(),
    });
    const frozen = freezePoint({
      document: tracked,
      cursor,
      enclosing: [],
      history: [],
      diagnostics: describeDiagnostics(editorView().diagnostics(tracked.uri), tracked, cursor),
      trigger: "typing",
      versions: { editor: vscode.version, extension: "0.1.0" },
      nowMs: Date.now(),
      documentOf: () => undefined,
    });
    ok(frozen.ok);
    return frozen.point;
  }

  async function gather(point: CapturePoint, budgetMs = patienceMs): Promise<GatheredContext> {
    const context = gatherContext({
      clock: systemClock(),
      platform: process.platform,
      folders: () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.toString()),
      lookups: lookups(),
      repositories: {
        of: async () => ({ name: { kind: "nameless" }, folder: null, revision: null, branch: null, licence: null }),
      },
      budgetMs,
    });
    return context(point, { isUnchanged: () => true, signal: new AbortController().signal });
  }

  it("finds functions and types in other files, bodies left out, and packages by their own path", async () => {
    const openBefore = vscode.workspace.textDocuments.length;
    const startedMs = performance.now();
    const { definitions, leftOut } = await gather(freeze({ line: 5, character: 20 }));
    const tookMs = Math.round(performance.now() - startedMs);
    const found = definitions.map(({ record }) => record);
    const of = (symbol: string, path: string) => found.find((each) => each.symbol === symbol && each.path === path);
    deepEqual(of("total", "src/basket.ts"), {
      symbol: "total",
      kind: "definition",
      path: "src/basket.ts",
      startLine: 3,
      text: "export function total(basket: Basket): number {\n  …\n}",
      external: false,
    });
    const basket = found.find(({ path }) => path === "src/load.ts");
    deepEqual(
      [basket?.kind, basket?.startLine, basket?.text],
      ["typeDefinition", 0, "export interface Basket {\n  items: string[];\n}"],
    );
    deepEqual(of("tax", "tiny-tax/lib/index.d.ts"), {
      symbol: "tax",
      kind: "definition",
      path: "tiny-tax/lib/index.d.ts",
      startLine: 1,
      text: "export declare function tax(sum: number, rate: number): number;",
      external: true,
    });
    ok(!found.some(({ path }) => path === "src/main.ts"), "nothing of the excerpt");
    ok(!found.some(({ path }) => path.startsWith("/")));
    deepEqual(
      Object.entries(leftOut).filter(([name, count]) => count > 0 && name !== "definitionsElsewhere"),
      [],
      `${tookMs} ms`,
    );
    equal(vscode.workspace.textDocuments.length, openBefore, "no document was opened for it");
  });

  it("describes what is shown, nearest first, with the code that the language gives", () => {
    const { snapshot } = freeze({ line: 6, character: 0 });
    deepEqual(
      snapshot.diagnostics.map(({ severity, source, code, startLine, endLine, snippet }) => ({
        severity,
        source,
        code,
        startLine,
        endLine,
        snippet,
      })),
      [
        { severity: 1, source: "ts", code: 2345, startLine: 6, endLine: 6, snippet: "  return tax(sum, rate);" },
        {
          severity: 1,
          source: "ts",
          code: 2322,
          startLine: 5,
          endLine: 5,
          snippet: "  const sum: string = total(basket);",
        },
      ],
    );
  });

  it("knows the nodes around a cursor, smallest first, the function among them", async () => {
    const nodes = await editorView().enclosing(document.uri.toString(), { line: 5, character: 20 });
    const spans = nodes.map(({ start, end }) => [start.line, end.line]);
    deepEqual(
      spans,
      spans.toSorted((a, b) => (a[1] ?? 0) - (a[0] ?? 0) - ((b[1] ?? 0) - (b[0] ?? 0))),
    );
    ok(
      spans.some(([start, end]) => start === 3 && end === 7),
      JSON.stringify(spans),
    );
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  const startedMs = performance.now();
  while (!isTrue()) {
    ok(performance.now() - startedMs < patienceMs, "it did not come");
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
