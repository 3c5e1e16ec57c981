/** A superseded version, and the next one made of it. Nothing but the rows that were taken back may differ. */
import { existsSync } from "node:fs";
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportDataset } from "../../../server/datasets/export.ts";
import { rebuildVersion } from "../../../server/datasets/rebuild.ts";
import { readSuperseded, writeSuperseded } from "../../../server/datasets/superseded.ts";
import { verifyVersion } from "../../../server/datasets/verify.ts";
import type { Example } from "../../../shared/records/example.ts";
import { exampleOf, filesBelow, freshDataDir, requestOf, splitOf } from "./cases.ts";

const signal = new AbortController().signal;
const formats = ["prompt-completion", "messages", "examples"] as const;

/** Eight examples over all splits; every fourth is contributor-2's. */
const examples: Example[] = Array.from({ length: 8 }, (_, n) => {
  const example = exampleOf(n);
  const side = n < 4 ? "train" : n < 6 ? "eval" : "test";
  return {
    ...example,
    ...splitOf(side, `group ${n}`),
    source: { ...example.source, contributor: n % 4 === 1 ? "contributor-2" : "contributor-1" } as Example["source"],
    redaction: { version: 1, counts: { email: n } },
  };
});
const theirs = examples.filter(({ source }) => source.contributor === "contributor-2").map(({ id }) => id);
const dropped: Example = { ...exampleOf(20), dropped: { stage: "settle", reason: "noise" } };

function rebuild(dataDir: string, version: number) {
  return rebuildVersion({ dataDir, dataset: "tiny", version, runRecord: () => ({}), signal });
}

async function exported(more: readonly Example[] = examples): Promise<{ dataDir: string; folder: string }> {
  const dataDir = await freshDataDir();
  await exportDataset(requestOf(dataDir, [...more, dropped], { formats }));
  return { dataDir, folder: join(dataDir, "datasets/tiny") };
}

function supersede(folder: string, version: number, ids: readonly string[]): Promise<void> {
  return writeSuperseded(folder, version, { schema: 1, deletions: ["d".repeat(32)], examples: [...ids] });
}

describe("a version that held rows that were taken back", () => {
  it("becomes the next one without them, the other rows byte for byte and in their order", async () => {
    const { dataDir, folder } = await exported();
    const before = await filesBelow(join(folder, "v1"));
    await supersede(folder, 1, theirs);
    expect(await rebuild(dataDir, 1)).toMatchObject({ version: "v2", left: 2 });

    const after = await filesBelow(join(folder, "v2"));
    const data = Object.keys(before).filter((path) => path.startsWith("data/"));
    expect(Object.keys(after).filter((path) => path.startsWith("data/"))).toEqual(data);
    for (const path of data) {
      const kept = (before[path] ?? "").split("\n").filter((line) => !/area[15]\.ts/u.test(line));
      expect(after[path]).toBe(kept.join("\n"));
    }
    expect(await verifyVersion(join(folder, "v2"), signal)).toMatchObject({ faults: [], examples: 6 });
  });

  it("has in its manifest and card what an export without them would have, but for why they are missing", async () => {
    const { dataDir, folder } = await exported();
    await supersede(folder, 1, theirs);
    await rebuild(dataDir, 1);
    const without = await exported(examples.filter(({ id }) => !theirs.includes(id)));
    const manifest = JSON.parse(await readFile(join(folder, "v2/manifest.json"), "utf8"));
    const plain = JSON.parse(await readFile(join(without.folder, "v1/manifest.json"), "utf8"));
    expect(manifest.counts).toEqual({ ...plain.counts, read: plain.counts.read + theirs.length });
    expect(manifest.funnel).toEqual({ ...plain.funnel, rebuild: { deleted: theirs.length } });
    for (const field of ["targets", "redaction", "examples", "student", "options"]) {
      expect(manifest[field], field).toEqual(plain[field]);
    }
    const counted = Object.values<Record<string, number>>(manifest.funnel).flatMap((reasons) => Object.values(reasons));
    expect(manifest.counts.exported + counted.reduce((sum, n) => sum + n, 0)).toBe(manifest.counts.read);
    expect(await readFile(join(folder, "v2/README.md"), "utf8")).toContain("| `rebuild` | `deleted` | 2 |");
  });

  it("loses its data files and its ledger; manifest and card stay, and the marker says by what it was replaced", async () => {
    const { dataDir, folder } = await exported();
    await supersede(folder, 1, theirs);
    await rebuild(dataDir, 1);
    expect((await readdir(join(folder, "v1"))).sort()).toEqual(["README.md", "manifest.json", "run.json"]);
    expect(existsSync(join(folder, "v1.ledger.jsonl"))).toBe(false);
    expect(await readSuperseded(folder, 1)).toMatchObject({ rebuilt: { as: "v2", rows: 6 } });
    expect(JSON.parse(await readFile(join(folder, "v2/run.json"), "utf8"))).toMatchObject({ rebuiltFrom: "v1" });
    expect(await rebuild(dataDir, 1), "a second time there is nothing to do").toBeUndefined();
    expect(await readdir(folder)).not.toContain("v3");
  });

  it("makes no version where nothing is left", async () => {
    const { dataDir, folder } = await exported();
    await supersede(
      folder,
      1,
      examples.map(({ id }) => id),
    );
    expect(await rebuild(dataDir, 1)).toMatchObject({ version: null, left: 8 });
    expect(existsSync(join(folder, "v1/data"))).toBe(false);
    expect(await readdir(folder)).not.toContain("v2");
    await exportDataset(requestOf(dataDir, [exampleOf(99)], { formats }));
    expect(await verifyVersion(join(folder, "v2"), signal)).toMatchObject({ faults: [] });
  });

  it("is never taken for equal to a new export, since its rows may be gone", async () => {
    const { dataDir, folder } = await exported();
    await supersede(folder, 1, theirs);
    const again = await exportDataset(requestOf(dataDir, [...examples, dropped], { formats }));
    expect(again).toMatchObject({ version: "v2", written: true });
    expect((await verifyVersion(join(folder, "v2"), signal)).faults).toEqual([]);
  });

  it("goes on after a kill between the next version and the end of the old one", async () => {
    const { dataDir, folder } = await exported();
    await supersede(folder, 1, theirs);
    await rebuild(dataDir, 1);
    const marker = await readSuperseded(folder, 1);
    const other = await exported();
    await supersede(other.folder, 1, theirs);
    await writeSuperseded(other.folder, 1, marker ?? { schema: 1, deletions: [], examples: [] });
    await rebuild(other.dataDir, 1);
    expect(existsSync(join(other.folder, "v1/data"))).toBe(false);
  });
});

describe("a version that is not what was exported", () => {
  it("is left alone where a row was changed", async () => {
    const { dataDir, folder } = await exported();
    await supersede(folder, 1, theirs);
    const path = join(folder, "v1/data/train.jsonl");
    await writeFile(path, (await readFile(path, "utf8")).replace("area2", "area9"));
    await expect(rebuild(dataDir, 1)).rejects.toThrow(/tiny\/v1 is not what was exported: data\/train\.jsonl/u);
    expect(existsSync(path)).toBe(true);
    expect(await readdir(folder)).not.toContain("v2");
  });

  it("is left alone where a file or the ledger is missing, or the marker cannot be read", async () => {
    const { dataDir, folder } = await exported();
    await supersede(folder, 1, theirs);
    await rm(join(folder, "v1/data/eval.jsonl"));
    await expect(rebuild(dataDir, 1)).rejects.toThrow(/tiny\/v1 is not whole: .*eval\.jsonl is missing/u);
    await rm(join(folder, "v1.ledger.jsonl"));
    await expect(rebuild(dataDir, 1)).rejects.toThrow(/tiny\/v1 is not whole/u);
    await appendFile(join(folder, "v1.superseded.json"), "}");
    await expect(rebuild(dataDir, 1)).rejects.toThrow(/v1\.superseded\.json is damaged/u);
  });
});
