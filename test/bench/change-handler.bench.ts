/**
 * What the handler of a change event costs while a person types in a document of 10,000 lines: its text followed, the
 * history kept, the regions of open captures followed. The issue asks for 0.2 ms or less at the 99th percentile, at 15
 * events a second, without a copy of the whole text. `node test/bench/change-handler.bench.ts`, about 45 seconds.
 *
 * Beside it, in the same run, a handler that asks the document for its text at every event, as `getText()` does it:
 * the lines that the editor keeps, joined. The ratio survives the machine.
 */

import type { Capture } from "../../extension/capture/capture.ts";
import { createCapture } from "../../extension/capture/capture.ts";
import type { ContentChange, TrackedDocument } from "../../extension/capture/document.ts";
import { trackedDocument } from "../../extension/capture/document.ts";
import { systemClock } from "../../extension/clock.ts";

const MAX_P99_MS = 0.2;
const LINES = 10_000;
const EVENTS_A_SECOND = 15;
const BETWEEN_EVENTS_MS = 1_000 / EVENTS_A_SECOND;
/** At the real pace processor caches are cold, as they are in an editor. */
const PACED_SECONDS = 40;
/** Four minutes of typing. More would make lines that nobody writes, and regions that are given up. */
const BURST_EVENTS = 3_000;
const WARM_UP_EVENTS = 600;
/** As many as may be open in one document. */
const OPEN_CAPTURES = 8;
/** After so many letters the person goes on elsewhere, and is back at each place within 10 s: else captures would settle. */
const LETTERS_A_PLACE = 12;
/** About 0.1 ms. */
const CONTROL_STEPS = 20_000;

const documentText = [...Array(LINES).keys()]
  .map((line) => `  const value${line} = compute(${line}, "text");`)
  .join("\n");
const uri = "file:///project/src/long.ts";

interface Room {
  readonly document: TrackedDocument;
  readonly capture: Capture;
}

async function openRoom(): Promise<Room> {
  const document = trackedDocument({
    uri,
    path: "src/long.ts",
    folder: "file:///project",
    languageId: "typescript",
    eol: "lf",
    version: 1,
    text: documentText,
  });
  const capture = createCapture({
    clock: systemClock(),
    random: () => 0,
    view: { cursor: () => null, enclosing: async () => [], diagnostics: () => [] },
    describe: () => [],
    gather: async () => ({ definitions: [], repo: undefined, leftOut: {} }),
    versions: { editor: "1.91.0", extension: "0.1.0" },
    rates: () => ({ captures: 1, unchanged: 1 }),
    mayOpen: () => true,
    settled: async () => undefined,
    gaveUp: () => undefined,
    fault(error) {
      throw error;
    },
  });
  capture.documentOpened(document);
  for (let at = 0; at < OPEN_CAPTURES; at++) {
    const position = { line: placeOf(at), character: 0 };
    const asked = await capture.requested({ uri, position, trigger: "explicit", predictionId: `prediction-${at}` });
    if (!asked.ok) throw new Error(`no capture at line ${position.line}: ${asked.reason}`);
  }
  return { document, capture };
}

/** Far from each other; typing goes on in the captured regions. */
function placeOf(at: number): number {
  return (at * 1_237 + 500) % (LINES - 100);
}

/**
 * What a person types, place by place: letters, now and then a bracket that closes itself, Enter, and Backspace over the
 * new line again, so that every place stays on its line.
 */
function* typing(): Generator<ContentChange, never> {
  const typed = new Map<number, number>();
  for (let turn = 0; ; turn++) {
    const place = turn % OPEN_CAPTURES;
    const line = placeOf(place);
    let character = typed.get(place) ?? 2;
    for (let letter = 0; letter < LETTERS_A_PLACE; letter++) {
      const start = { line, character };
      if (letter === LETTERS_A_PLACE - 2) yield { start, end: start, text: "\n  " };
      else if (letter === LETTERS_A_PLACE - 1) yield { start, end: { line: line + 1, character: 2 }, text: "" };
      else {
        yield { start, end: start, text: letter === LETTERS_A_PLACE / 2 ? "()" : "x" };
        character++;
      }
    }
    typed.set(place, character);
  }
}

interface Measured {
  readonly timesMs: number[];
  /** Copies of the whole text that the handler made. */
  copies: number;
}

function handle({ document, capture }: Room, change: ContentChange, measured: Measured) {
  const copies = document.fullCopies;
  const start = performance.now();
  const outcome = capture.changed(uri, { version: document.version + 1, changes: [change], reason: undefined });
  measured.timesMs.push(performance.now() - start);
  measured.copies += document.fullCopies - copies;
  if (outcome !== "applied") throw new Error(`the benchmark's event was not applied: ${outcome}`);
}

/** Work that touches no memory and takes about as long: what it takes longer now and then, others took away. */
function control(measured: Measured) {
  const start = performance.now();
  let sum = 0;
  for (let at = 0; at < CONTROL_STEPS; at++) sum = (sum + at * at) % 1_000_003;
  measured.timesMs.push(performance.now() - start);
  if (sum < 0) throw new Error("squares are positive");
}

/**
 * In the room that the burst has warmed: who types 15 events a second has done so for a while, and the engine has
 * compiled what runs often. In a new room it would compile, and drop what it compiled for the other, while it is measured.
 */
async function paced(room: Room): Promise<[Measured, Measured]> {
  // From the first place on again, in the captured regions.
  const events = typing();
  const measured: Measured = { timesMs: [], copies: 0 };
  const controlled: Measured = { timesMs: [], copies: 0 };
  const start = performance.now();
  for (let at = 0; at < PACED_SECONDS * EVENTS_A_SECOND; at++) {
    const dueMs = start + at * BETWEEN_EVENTS_MS;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    handle(room, events.next().value, measured);
    control(controlled);
  }
  return [measured, controlled];
}

function burst(room: Room): Measured {
  const events = typing();
  const measured: Measured = { timesMs: [], copies: 0 };
  for (let at = 0; at < WARM_UP_EVENTS + BURST_EVENTS; at++) {
    handle(room, events.next().value, measured);
    if (at === WARM_UP_EVENTS) measured.timesMs.length = 0;
  }
  return measured;
}

/** The editor's own lines are kept up outside of the measured time: the extension would not pay for them. */
function askingForTheText(): Measured {
  const lines = documentText.split("\n");
  const measured: Measured = { timesMs: [], copies: 0 };
  const events = typing();
  let seen = 0;
  for (let at = 0; at < BURST_EVENTS / 2; at++) {
    const { start, end, text } = events.next().value;
    const line = lines[start.line] ?? "";
    const replaced = line.slice(0, start.character) + text + line.slice(end.character);
    lines.splice(start.line, 1, ...replaced.split("\n"));
    const began = performance.now();
    const whole = lines.join("\n");
    measured.timesMs.push(performance.now() - began);
    measured.copies++;
    seen += whole.length;
  }
  if (seen === 0) throw new Error("nobody read the text");
  return measured;
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function report(name: string, { timesMs, copies }: Measured): { p50: number; p99: number } {
  const [p50, p99] = [percentile(timesMs, 0.5), percentile(timesMs, 0.99)];
  console.log(
    `${name.padEnd(34)} p50 ${p50.toFixed(4)} ms · p99 ${p99.toFixed(4)} ms · ${timesMs.length} events, ${copies} full copies`,
  );
  return { p50, p99 };
}

console.log(`change events in a document of ${LINES} lines, ${OPEN_CAPTURES} captures open in it`);
const room = await openRoom();
const fast = burst(room);
const [slow, controlled] = await paced(room);
const open = room.capture.openCaptures().length;
if (open < OPEN_CAPTURES) throw new Error(`only ${open} captures were open to the end`);
room.capture.dispose();
const hot = report("handler, one after the other", fast);
const real = report(`handler, ${EVENTS_A_SECOND} events a second`, slow);
const machine = report("plain arithmetic at the same pace", controlled);
const asking = report("asking for the text at every event", askingForTheText());
console.log(`asking for the text costs ${(asking.p50 / hot.p50).toFixed(1)} times the handler (medians)`);

const isBusy = machine.p99 > MAX_P99_MS;
if (isBusy)
  console.log("the machine is too busy to say what its slowest events cost: plain arithmetic is held up as well");
if (hot.p99 > MAX_P99_MS || (real.p99 > MAX_P99_MS && !isBusy) || fast.copies + slow.copies > 0) {
  console.error(`the handler must take ${MAX_P99_MS} ms or less at the 99th percentile and copy nothing`);
  process.exitCode = 1;
}
