/**
 * Resident memory of `stillpoint score`, `settle` and `export` at its largest, one after the other on the same examples:
 * `node test/bench/memory.bench.ts [COUNT…]`, by default 1,000, 10,000 and 100,000. The issue asks for less than 400 MB at
 * every size. Excerpts are small, so that the largest file takes minutes; lines of 18 KB were measured to need no more.
 */
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashOf } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { measureCommand } from "./measured-command.ts";
import { scoredExamples } from "./scored-examples.ts";

const LIMIT_MB = 400;
const SIZES = [1_000, 10_000, 100_000];
const REGION_BYTES = 512;
const SURROUNDING_LINES = 10;
/** Examples that differ in their text; beyond it they differ in id and group alone. */
const DISTINCT = 500;
const GROUP_SIZE = 4;
const SAMPLES = 10;
const EXACT_SAMPLES = 5;

/** What `sample` and `expect` would have left, so that `settle` has something to measure and `export` all of them. */
function targeted(example: Example): Example {
  const { snapshot, settlement, teacher } = example;
  if (settlement === undefined) throw new Error("an example has no settlement");
  const before = regionBefore(snapshot);
  const predicted = teacher?.predictions[0]?.text ?? settlement.text;
  const other = predicted === settlement.text ? `${before}// more\n` : predicted;
  return {
    ...example,
    redaction: { version: 1, counts: {} },
    settlement: { ...settlement, unchanged: settlement.text === before },
    samples: {
      model: "openai:bench",
      requested: SAMPLES,
      distinct: [
        { text: settlement.text, count: EXACT_SAMPLES },
        { text: other, count: SAMPLES - EXACT_SAMPLES },
      ],
    },
    expected: { text: settlement.text, from: "sample" },
    rejected: { text: `${before}// no\n`, from: "sample" },
  };
}

/** Writes `count` examples, and gives the file's size in bytes. */
async function writeExamples(path: string, count: number): Promise<number> {
  const shape = { regionBytes: REGION_BYTES, surroundingLines: SURROUNDING_LINES };
  const distinct = scoredExamples(Math.min(count, DISTINCT), shape).map(targeted);
  const file = createWriteStream(path);
  for (let n = 0; n < count; n++) {
    const split = { name: "train", group: hashOf({ group: Math.floor(n / GROUP_SIZE) }) };
    const line = JSON.stringify({ ...distinct[n % distinct.length], id: hashOf({ bench: n }), split });
    if (!file.write(`${line}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  return statSync(path).size;
}

const given = process.argv.slice(2).map(Number);
let worst = 0;
console.log(`resident memory at its largest (limit ${LIMIT_MB} MB), and examples a second`);
console.log("  examples      file              score             settle             export");
for (const count of given.length > 0 ? given : SIZES) {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-bench-"));
  try {
    const [input, scored, settled] = ["in", "scored", "settled"].map((name) => join(folder, `${name}.jsonl`)) as [
      string,
      string,
      string,
    ];
    const megabytes = (await writeExamples(input, count)) / 2 ** 20;
    const base = ["--data", join(folder, "data"), "--quiet"];
    const formats = ["prompt-completion", "preference", "messages"].flatMap((format) => ["--format", format]);
    const cells: string[] = [];
    for (const command of [
      ["score", "-i", input, "-o", scored],
      ["settle", "-i", scored, "-o", settled],
      ["export", "-i", settled, "--dataset", "bench", ...formats],
    ]) {
      const measured = measureCommand([...command, ...base]);
      worst = Math.max(worst, measured.megabytes);
      const rate = Math.round(count / measured.seconds).toLocaleString("en-US");
      cells.push(`${measured.megabytes.toFixed(0)} MB ${rate.padStart(7)}/s`.padStart(19));
    }
    const size = `${megabytes.toFixed(0)} MB`.padStart(8);
    console.log(`${count.toLocaleString("en-US").padStart(10)}  ${size}${cells.join("")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (!(worst < LIMIT_MB)) {
  console.log(`over the limit of ${LIMIT_MB} MB`);
  process.exitCode = 1;
}
