/**
 * Records the sessions of `test/fixtures/recordings/` in VS Code's extension host: real commands, real events, in order.
 * The time of each is the script's, as a person's would be, so that a recording does not depend on the machine.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as vscode from "vscode";
import type { RecordedDocument, RecordedSession, RecordedStep } from "./recorded-session.ts";

/** VS Code tells the extension host of changes a moment after a command has ended. */
const settleMs = 150;
const keyMs = 90;

/** So that a recording does not depend on how fast a language service answered. */
const recordingSettings = {
  "files.autoSave": "off",
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.suggestOnTriggerCharacters": false,
};

interface Recorder {
  /** Waits without doing anything, for `ms` of the recording's time. */
  pause(ms: number): void;
  put(line: number, character: number): Promise<void>;
  /** Several cursors. */
  putAll(...positions: [number, number][]): Promise<void>;
  select(start: [number, number], end: [number, number]): Promise<void>;
  type(text: string): Promise<void>;
  run(command: string, ...args: unknown[]): Promise<void>;
  paste(text: string): Promise<void>;
  show(path: string): Promise<void>;
  save(): Promise<void>;
  rename(line: number, character: number, name: string): Promise<void>;
  /** Changes files by `git`, as another program does. */
  switchBranch(name: string): Promise<void>;
}

interface Script {
  readonly name: string;
  readonly about: string;
  readonly files: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** On the branch `other`. */
  readonly otherBranch?: Readonly<Record<string, string>>;
  readonly open: readonly string[];
  run(recorder: Recorder): Promise<void>;
}

const cart = `export interface Item {
  name: string;
  price: number;
  count: number;
}

export function total(items: Item[]): number {
  let sum = 0;
  for (const item of items) {
    sum += item.price * item.count;
  }
  return sum;
}

export function describe(items: Item[]): string {
  return items.map((item) => item.name).join(", ");
}
`;

const filler = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => `export const limit${from + n} = ${(from + n) * 10};\n`).join("");

const scripts: readonly Script[] = [
  {
    name: "typing",
    about: "A parameter and its use are typed, with brackets closed by the editor, and left alone.",
    files: { "src/cart.ts": cart },
    open: ["src/cart.ts"],
    async run(r) {
      await r.put(6, 35);
      await r.type(", rate: number");
      r.pause(700);
      await r.put(11, 12);
      await r.type(" * (1 + rate");
      await r.run("cursorEnd");
      r.pause(12_000);
    },
  },
  {
    name: "multi-cursor",
    about: "Three fields become readonly at once, with three cursors.",
    files: { "src/cart.ts": cart },
    open: ["src/cart.ts"],
    async run(r) {
      await r.putAll([1, 2], [2, 2], [3, 2]);
      await r.type("readonly ");
      r.pause(12_000);
    },
  },
  {
    name: "undo-redo",
    about: "A line is typed, undone, done again, and half of it undone for good.",
    files: { "src/cart.ts": cart },
    open: ["src/cart.ts"],
    async run(r) {
      await r.put(7, 14);
      await r.type("\nlet n = 0;");
      r.pause(2_000);
      await r.run("undo");
      r.pause(800);
      await r.run("redo");
      r.pause(1_500);
      await r.run("undo");
      r.pause(12_000);
    },
  },
  {
    name: "format-on-save",
    about: "Badly spaced code is typed and saved; the language service formats it.",
    files: { "src/cart.ts": cart },
    settings: { "editor.formatOnSave": true },
    open: ["src/cart.ts"],
    async run(r) {
      await r.put(11, 13);
      await r.type("\nconst   unused=1 ;");
      r.pause(1_200);
      await r.save();
      r.pause(12_000);
    },
  },
  {
    name: "rename",
    about: "A function is renamed where it is declared and where it is called, in two files.",
    files: {
      "src/cart.ts": cart,
      "src/print.ts":
        'import { total } from "./cart.ts";\n\nexport const print = () => console.log(total([]), total([]));\n',
    },
    open: ["src/print.ts", "src/cart.ts"],
    async run(r) {
      await r.put(6, 17);
      await r.rename(6, 17, "sumOf");
      r.pause(500);
      await r.put(11, 12);
      await r.type(" | 0");
      r.pause(12_000);
    },
  },
  {
    name: "paste",
    about: "A function is pasted, then its name is typed over.",
    files: { "src/cart.ts": cart },
    open: ["src/cart.ts"],
    async run(r) {
      await r.put(16, 1);
      await r.paste(
        "\n\nexport function count(items: Item[]): number {\n  let sum = 0;\n  for (const item of items) {\n    sum += item.count;\n  }\n  return sum;\n}\n\nexport const nothing: Item[] = [];\n",
      );
      r.pause(1_500);
      await r.select([18, 16], [18, 21]);
      await r.type("pieces");
      r.pause(12_000);
    },
  },
  {
    name: "branch-switch",
    about: "Somebody types, then checks out another branch, where the file is another; what was open is given up.",
    files: { "src/cart.ts": cart },
    otherBranch: { "src/cart.ts": cart.replace("let sum = 0;", "let sum = 1;").replaceAll("Item", "Entry") },
    open: ["src/cart.ts"],
    async run(r) {
      await r.put(7, 13);
      await r.type("0");
      await r.run("undo");
      await r.save();
      r.pause(3_000);
      await r.switchBranch("other");
      r.pause(1_000);
      await r.put(7, 13);
      await r.type("5");
      r.pause(12_000);
    },
  },
  {
    name: "around-the-region",
    about: "Edits before, within, at the edge of and across the region that is followed, and far behind it.",
    files: { "src/limits.ts": filler(0, 120) },
    open: ["src/limits.ts"],
    async run(r) {
      await r.put(60, 27);
      await r.type(" // first");
      r.pause(2_000);
      await r.put(2, 0);
      await r.type("// above\n");
      r.pause(2_000);
      await r.put(110, 0);
      await r.type("// below\n");
      r.pause(2_000);
      await r.put(63, 20);
      await r.type("1");
      r.pause(4_000);
      await r.select([30, 5], [62, 10]);
      await r.run("deleteLeft");
      r.pause(12_000);
    },
  },
  {
    name: "crlf-and-emoji",
    about: "A document with CRLF and characters outside the basic plane is edited in the middle of both.",
    files: { "notes/list.md": "# Größe 🙂\r\n\r\n- eins 👩‍👩‍👧 zwei\r\n- drei\r\n- vier 🎉🎉\r\n" },
    open: ["notes/list.md"],
    async run(r) {
      await r.put(2, 16);
      await r.type("🙂 ");
      await r.put(4, 11);
      await r.type("\nfünf 🎈");
      r.pause(1_500);
      await r.run("deleteLeft");
      r.pause(12_000);
    },
  },
  {
    name: "deleting-the-region",
    about: "A function is changed, then deleted as a whole, and nothing is written in its place.",
    files: { "src/cart.ts": cart },
    open: ["src/cart.ts"],
    async run(r) {
      await r.put(15, 50);
      await r.type(".trim()");
      r.pause(1_500);
      await r.select([14, 0], [17, 0]);
      await r.run("deleteLeft");
      r.pause(12_000);
    },
  },
  {
    name: "two-documents",
    about: "Two documents are edited in turn; each settles by its own clock.",
    files: {
      "src/cart.ts": cart,
      "src/tax.ts": "export const rates = {\n  food: 0.07,\n  rest: 0.19,\n};\n",
    },
    open: ["src/tax.ts", "src/cart.ts"],
    async run(r) {
      await r.put(3, 16);
      await r.type("\ntax: number;");
      r.pause(1_000);
      await r.show("src/tax.ts");
      await r.put(2, 13);
      await r.type("\nbooks: 0.07,");
      r.pause(6_000);
      await r.show("src/cart.ts");
      await r.put(10, 34);
      await r.type(" * (1 + item.tax)");
      r.pause(12_000);
    },
  },
];

export async function run(): Promise<void> {
  const target = process.env["STILLPOINT_RECORDINGS"];
  if (target === undefined) throw new Error("STILLPOINT_RECORDINGS names no folder");
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (root === undefined) throw new Error("no folder is open");
  for (const script of scripts) {
    const session = await record(script, root);
    writeFileSync(join(target, `${script.name}.json`), `${readableJson(session)}\n`);
  }
}

/** One step a line, for people who compare recordings. */
function readableJson({ about, documents, steps }: RecordedSession): string {
  const lines = (items: readonly unknown[]) => items.map((item) => `    ${JSON.stringify(item)}`).join(",\n");
  return `{
  "about": ${JSON.stringify(about)},
  "documents": [
${lines(documents)}
  ],
  "steps": [
${lines(steps)}
  ]
}`;
}

async function record(script: Script, root: string): Promise<RecordedSession> {
  const git = (...args: string[]) => execFileSync("git", ["-c", "core.autocrlf=false", ...args], { cwd: root });
  const folder = join(root, script.name);
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  write(script.files);
  git("add", "-A");
  git("commit", "-q", "-m", script.name);
  if (script.otherBranch) {
    git("checkout", "-q", "-b", "other");
    write(script.otherBranch);
    git("commit", "-q", "-a", "-m", "other");
    git("checkout", "-q", "-");
  }
  const configuration = vscode.workspace.getConfiguration();
  for (const [key, value] of Object.entries({ ...recordingSettings, ...script.settings })) {
    await configuration.update(key, value, vscode.ConfigurationTarget.Workspace);
  }

  const steps: RecordedStep[] = [];
  let atMs = 1_000;
  const pathOf = (document: vscode.TextDocument) => document.uri.fsPath.slice(folder.length + 1);
  // VS Code's git extension opens documents of other schemes beside them.
  const ours = ({ uri }: vscode.TextDocument) => uri.scheme === "file" && uri.fsPath.startsWith(`${folder}/`);
  const listeners = [
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges, reason }) => {
      if (!ours(document) || contentChanges.length === 0) return;
      steps.push({
        atMs,
        kind: "change",
        path: pathOf(document),
        version: document.version,
        ...(reason === undefined ? {} : { reason: reason === vscode.TextDocumentChangeReason.Undo ? "undo" : "redo" }),
        changes: contentChanges.map(({ range: { start, end }, text }) => ({
          start: [start.line, start.character],
          end: [end.line, end.character],
          text,
        })),
      });
    }),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections: [selection] }) => {
      if (!ours(textEditor.document) || !selection) return;
      const { line, character } = selection.active;
      steps.push({ atMs, kind: "cursor", path: pathOf(textEditor.document), at: [line, character] });
    }),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (ours(document)) steps.push({ atMs, kind: "save", path: pathOf(document) });
    }),
  ];

  const documents: RecordedDocument[] = [];
  for (const path of script.open) {
    const document = await vscode.workspace.openTextDocument(join(folder, path));
    await vscode.window.showTextDocument(document, { preview: false });
    documents.push({
      path,
      languageId: document.languageId,
      eol: document.eol === vscode.EndOfLine.CRLF ? "crlf" : "lf",
      version: document.version,
      text: document.getText(),
    });
  }
  await wait(settleMs);
  steps.length = 0;

  const editor = () => {
    const active = vscode.window.activeTextEditor;
    if (!active) throw new Error("no editor is active");
    return active;
  };
  const act = async (what: () => Thenable<unknown>, tookMs = keyMs) => {
    await what();
    await wait(settleMs);
    atMs += tookMs;
  };
  const putAll = (...positions: [number, number][]) =>
    act(async () => {
      editor().selections = positions.map(([line, character]) => {
        const position = new vscode.Position(line, character);
        return new vscode.Selection(position, position);
      });
    }, 300);
  await script.run({
    pause(ms) {
      atMs += ms;
    },
    put: (line, character) => putAll([line, character]),
    putAll,
    select: (start, end) =>
      act(async () => {
        editor().selection = new vscode.Selection(new vscode.Position(...start), new vscode.Position(...end));
      }, 300),
    async type(text) {
      for (const key of text) {
        await act(() =>
          key === "\n"
            ? vscode.commands.executeCommand("lineBreakInsert").then(() => vscode.commands.executeCommand("cursorDown"))
            : vscode.commands.executeCommand("type", { text: key }),
        );
      }
    },
    run: (command, ...args) => act(() => vscode.commands.executeCommand(command, ...args)),
    paste: (text) => act(() => vscode.commands.executeCommand("paste", { text, pasteOnNewLine: false })),
    show: (path) =>
      act(() => vscode.window.showTextDocument(vscode.Uri.file(join(folder, path)), { preview: false }), 300),
    save: () => act(() => editor().document.save()),
    rename: (line, character, name) =>
      act(async () => {
        const { uri } = editor().document;
        const position = new vscode.Position(line, character);
        const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
          "vscode.executeDocumentRenameProvider",
          uri,
          position,
          name,
        );
        if (!(await vscode.workspace.applyEdit(edit, { isRefactoring: true }))) throw new Error("the rename failed");
      }, 400),
    async switchBranch(name) {
      const { document } = editor();
      const before = document.version;
      git("checkout", "-q", name);
      steps.push({ atMs, kind: "branch" });
      atMs += 200;
      // What VS Code does when its file watcher tells it; not every machine has a watcher.
      await vscode.commands.executeCommand("workbench.action.files.revert");
      if (document.version === before) throw new Error("VS Code did not load the file of the other branch");
      await wait(settleMs);
      atMs += 100;
    },
  });
  steps.push({ atMs, kind: "end" });
  for (const listener of listeners) listener.dispose();
  for (const key of Object.keys({ ...recordingSettings, ...script.settings })) {
    await configuration.update(key, undefined, vscode.ConfigurationTarget.Workspace);
  }
  await vscode.workspace.saveAll();
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  return { about: script.about, documents, steps };
}
