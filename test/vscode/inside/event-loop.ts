/**
 * Loaded by VS Code's extension host, bundled, for the bench: types in the active editor when asked to, as fast as a person
 * at full speed, and says how late the host's event loop came meanwhile; and what VS Code says of the extension's start.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import * as vscode from "vscode";

const pollMs = 50;
const eventsASecond = 15;
/** After so many letters a line ends. */
const lettersALine = 40;

/** The question in `ask-N.json`; the answer is written beside it. */
export type Ask = { readonly kind: "activation" } | { readonly kind: "type"; readonly seconds: number };

/** In milliseconds. */
export interface EventLoopDelay {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly events: number;
}

export interface Activation {
  /** VS Code's own line about the extension in *Developer: Startup Performance*. */
  readonly line: string;
}

/** Never ends: the window is closed when nothing more is asked. */
export async function run(): Promise<never> {
  const folder = process.env["STILLPOINT_BENCH_FOLDER"];
  if (folder === undefined) throw new Error("STILLPOINT_BENCH_FOLDER names no folder");
  for (let number = 0; ; number++) {
    const asked = join(folder, `ask-${number}.json`);
    while (!existsSync(asked)) await wait(pollMs);
    const ask: Ask = JSON.parse(readFileSync(asked, "utf8"));
    const answer = ask.kind === "activation" ? await activation() : await type(ask.seconds);
    writeFileSync(join(folder, "answer.partial"), JSON.stringify(answer));
    renameSync(join(folder, "answer.partial"), join(folder, `answer-${number}.json`));
  }
}

async function type(seconds: number): Promise<EventLoopDelay> {
  let events = 0;
  const heard = vscode.workspace.onDidChangeTextDocument(({ contentChanges }) => {
    if (contentChanges.length > 0) events++;
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const started = performance.now();
  delay.enable();
  for (let typed = 0; typed < seconds * eventsASecond; typed++) {
    await wait(Math.max(0, started + (typed * 1_000) / eventsASecond - performance.now()));
    await vscode.commands.executeCommand("type", { text: typed % lettersALine === lettersALine - 1 ? "\n" : "x" });
  }
  delay.disable();
  heard.dispose();
  const ms = (nanoseconds: number) => nanoseconds / 1e6;
  return {
    mean: ms(delay.mean),
    p50: ms(delay.percentile(50)),
    p99: ms(delay.percentile(99)),
    max: ms(delay.max),
    events,
  };
}

async function activation(): Promise<Activation> {
  await vscode.commands.executeCommand("perfview.show");
  for (;;) {
    const lines = vscode.workspace.textDocuments.flatMap((document) => document.getText().split("\n"));
    const line = lines.find((each) => /\bstillpoint\.stillpoint\b/u.test(each) && each.includes("|"));
    if (line !== undefined) return { line };
    await wait(pollMs);
  }
}
