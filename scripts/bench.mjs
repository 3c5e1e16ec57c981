/**
 * Runs every benchmark in `test/bench`, or those whose name holds an argument, one after the other, behind a line that
 * says on what machine: `npm run bench -- score`.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "test", "bench");
const wanted = process.argv.slice(2);
const benchmarks = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .sort();

const processors = cpus();
const memory = (totalmem() / 2 ** 30).toFixed(0);
console.log(
  `${processors[0]?.model ?? "unknown processor"}, ${processors.length} cores, ${memory} GiB, Node ${process.version}`,
);

let failed = 0;
for (const file of benchmarks) {
  console.log(`\n— ${file}`);
  const { status } = spawnSync(process.execPath, [join(folder, file)], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.log(`✗ ${file} ended with ${status}`);
    failed++;
  }
}
if (benchmarks.length === 0) console.log(`no benchmark in test/bench is named like ${wanted.join(", ")}`);
process.exitCode = failed > 0 || benchmarks.length === 0 ? 1 : 0;
