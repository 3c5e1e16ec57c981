/**
 * What the extension costs in a real VS Code: its start, as VS Code itself measures it, and how much later the extension
 * host's event loop comes with capture on than with it off, in the same VS Code, while somebody types 15 characters a second
 * in a document of 10,000 lines. `node test/bench/vscode.bench.ts`, about 90 seconds, after `npm run build`.
 *
 * The issue asks for a start under 100 ms, and for the ratio to be known. It survives the machine; the milliseconds do not.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { bundleInside, scratchFolder } from "../vscode/bundle-inside.ts";
import type { Contributor } from "../vscode/contributor.ts";
import { connect, consent, newContributor, status } from "../vscode/contributor.ts";
import type { Activation, Ask, EventLoopDelay } from "../vscode/inside/event-loop.ts";
import { findProgram } from "../vscode/program.ts";

const lines = 10_000;
const rounds = 2;
const secondsARound = 10;
const warmUpSeconds = 10;
const pollMs = 100;
const patienceMs = 60_000;

const program = findProgram();
if ("missing" in program) console.log(`skipped: ${program.missing}`);
else await measure();

async function measure(): Promise<void> {
  const scratch = scratchFolder();
  const asks = join(scratch, "asks");
  mkdirSync(asks);
  const long = Array.from({ length: lines }, (_, line) => `export const value${line} = ${line};`).join("\n");
  const contributor = await newContributor({
    files: { "src/long.ts": `${long}\n` },
    tests: await bundleInside("event-loop.ts", scratch),
    env: { STILLPOINT_BENCH_FOLDER: asks },
  });
  let asked = 0;
  async function ask<Answer>(question: Ask): Promise<Answer> {
    const number = asked++;
    writeFileSync(join(asks, "ask.partial"), JSON.stringify(question));
    renameSync(join(asks, "ask.partial"), join(asks, `ask-${number}.json`));
    const answer = join(asks, `answer-${number}.json`);
    await until(() => existsSync(answer));
    return JSON.parse(readFileSync(answer, "utf8")) as Answer;
  }

  try {
    const { workbench } = contributor;
    await workbench.openFile("src/long.ts");
    console.log("VS Code's own figures for the start, in ms:", (await ask<Activation>({ kind: "activation" })).line);
    await connect(contributor);
    // VS Code's own start, and the language server's, are in neither.
    await ask<EventLoopDelay>({ kind: "type", seconds: warmUpSeconds });
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await atTheEnd(contributor, "Off: nothing is captured here.");
      const off = await ask<EventLoopDelay>({ kind: "type", seconds: secondsARound });
      await consent(contributor);
      await atTheEnd(contributor, "On: your edits in this file are captured.");
      const on = await ask<EventLoopDelay>({ kind: "type", seconds: secondsARound });
      await workbench.command("Stillpoint: Stop Contributing in This Workspace");
      console.table({ off: rounded(off), on: rounded(on) });
      ratios.push(on.mean / off.mean);
      console.log(`on against off: mean ${ratio(on.mean, off.mean)}, p99 ${ratio(on.p99, off.p99)}`);
    }
    console.log(`mean delay, on against off, of ${rounds} rounds: ${ratios.map((each) => each.toFixed(2)).join(", ")}`);
  } finally {
    await contributor.end();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function atTheEnd(contributor: Contributor, said: string): Promise<void> {
  const { workbench } = contributor;
  await workbench.openFile("src/long.ts");
  await workbench.press("Control+End");
  await until(async () => (await status(contributor)).includes(said));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("what was waited for did not come");
    await wait(pollMs);
  }
}

function rounded(delay: EventLoopDelay): Record<string, number> {
  return Object.fromEntries(Object.entries(delay).map(([name, value]) => [name, Number(value.toFixed(2))]));
}

function ratio(on: number, off: number): string {
  return (on / off).toFixed(2);
}
