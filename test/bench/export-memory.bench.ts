/**
 * Resident memory of `stillpoint export` at its largest, for 1,000, 10,000 and 100,000 examples of about 12 KB:
 * `node test/bench/export-memory.bench.ts [COUNT…]`. The issue asks for less than 400 MB at every size.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hashOf } from "../../shared/ids.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { scoredExamples } from "./scored-examples.ts";

const LIMIT_MB = 400;
const SIZES = [1_000, 10_000, 100_000];
/** Examples that differ in their text; beyond it they differ in id and group alone. */
const DISTINCT = 200;
const GROUP_SIZE = 4;

const program = fileURLToPath(new URL("../../server/cli/main.ts", import.meta.url));
/** Ends the command with its own largest resident set, which Node gives in kilobytes. */
const atExit = `process.on("exit", () => process.stderr.write("\\nmaxRSS " + process.resourceUsage().maxRSS + "\\n"));`;

/** Writes `count` examples with targets, and gives the file's size in bytes. */
async function writeExamples(path: string, count: number): Promise<number> {
  const distinct = scoredExamples(DISTINCT);
  const file = createWriteStream(path);
  for (let n = 0; n < count; n++) {
    const base = distinct[n % DISTINCT];
    if (base?.settlement === undefined) throw new Error("an example has no settlement");
    const before = regionBefore(base.snapshot);
    const group = hashOf({ group: Math.floor(n / GROUP_SIZE) });
    const line = JSON.stringify({
      ...base,
      id: hashOf({ bench: n }),
      redaction: { version: 1, counts: {} },
      split: { name: "train", group },
      settlement: { ...base.settlement, unchanged: base.settlement.text === before },
      expected: { text: base.settlement.text, from: "settled" },
      rejected: { text: `${before}// ${n}\n`, from: "sample" },
    });
    if (!file.write(`${line}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  return statSync(path).size;
}

const sizes = process.argv.slice(2).map(Number);
let worst = 0;
for (const count of sizes.length > 0 ? sizes : SIZES) {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-bench-"));
  try {
    const input = join(folder, "in.jsonl");
    const bytes = await writeExamples(input, count);
    const started = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        ...["--import", `data:text/javascript,${encodeURIComponent(atExit)}`, program, "--data", join(folder, "data")],
        ...["--quiet", "export", "-i", input, "--dataset", "bench", "--format", "prompt-completion"],
        ...["--format", "preference", "--format", "messages"],
      ],
      { encoding: "utf8" },
    );
    const seconds = (performance.now() - started) / 1_000;
    if (status !== 0) throw new Error(`export ended with ${status}: ${stderr}`);
    const megabytes = Number(/maxRSS (\d+)/u.exec(stderr)?.[1]) / 1_024;
    worst = Math.max(worst, megabytes);
    console.log(
      `${count.toLocaleString("en-US").padStart(9)} examples, ${(bytes / 2 ** 20).toFixed(0)} MB: ` +
        `${megabytes.toFixed(0)} MB resident, ${(count / seconds).toFixed(0)} examples a second`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (!(worst < LIMIT_MB)) {
  console.log(`over the limit of ${LIMIT_MB} MB`);
  process.exitCode = 1;
}
