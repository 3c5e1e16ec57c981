import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, watch, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exportDataset } from "../../../server/datasets/export.ts";
import { exampleOf, filesBelow, freshDataDir, requestOf } from "./cases.ts";

const program = fileURLToPath(new URL("../../../server/cli/main.ts", import.meta.url));
const examples = Array.from({ length: 60 }, (_, n) => exampleOf(n));
const lines = examples.map((example) => `${JSON.stringify(example)}\n`).join("");

describe("an export whose disk is full", () => {
  it.skipIf(process.platform === "win32")("says so, ends with 1 and leaves the older version as it was", async () => {
    const dataDir = await freshDataDir();
    await exportDataset(requestOf(dataDir, [exampleOf(1)]));
    const before = await filesBelow(dataDir);
    await writeFile(join(dataDir, "in.jsonl"), lines);
    // A limit on the size of files stands in for the disk: Node ignores its signal, so the write fails as on a full one.
    const limited = `ulimit -f 16; exec "$0" "$@"`;
    const args = ["--data", dataDir, "export", "-i", join(dataDir, "in.jsonl"), "--dataset", "tiny"];
    const { status, stderr } = spawnSync("sh", ["-c", limited, process.execPath, program, ...args], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(
      /^stillpoint: cannot write .*v2\.partial: the file would be too large\. No version was made\.$/mu,
    );
    expect(status).toBe(1);
    const { "in.jsonl": _input, ...after } = await filesBelow(dataDir);
    expect(after).toEqual(before);
    expect(await readdir(join(dataDir, "datasets/tiny"))).toEqual(["v1", "v1.ledger.jsonl"]);
  });
});

describe("an export that is killed", () => {
  it("leaves no version, and the next one is what it would have been", async () => {
    const [dataDir, other] = [await freshDataDir(), await freshDataDir()];
    const folder = join(dataDir, "datasets/tiny");
    await mkdir(folder, { recursive: true });
    const child = spawn(process.execPath, [program, "--data", dataDir, "export", "--dataset", "tiny"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    const stop = new AbortController();
    const partial = (async () => {
      for await (const { filename } of watch(folder, { signal: stop.signal })) if (filename === "v1.partial") return;
    })();
    // The input does not end, so neither does the export.
    child.stdin.write(lines);
    await partial;
    child.kill("SIGKILL");
    await once(child, "exit");
    stop.abort();
    expect((await readdir(folder)).filter((name) => !name.endsWith(".partial") && !name.startsWith("."))).toEqual([]);

    await exportDataset(requestOf(dataDir, examples));
    await exportDataset(requestOf(other, examples));
    expect(await readdir(folder)).toEqual(["v1", "v1.ledger.jsonl"]);
    expect(await filesBelow(folder)).toEqual(await filesBelow(join(other, "datasets/tiny")));
  });
});
