import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportDataset } from "../../../server/datasets/export.ts";
import { verifyVersion } from "../../../server/datasets/verify.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import { exampleOf, freshDataDir, requestOf, splitOf } from "./cases.ts";

const signal = new AbortController().signal;

async function exported(): Promise<string> {
  const dataDir = await freshDataDir();
  const examples = [exampleOf(1), exampleOf(2), exampleOf(3), exampleOf(4, splitOf("test", "four"))];
  const { folder } = await exportDataset(requestOf(dataDir, examples, { formats: ["prompt-completion", "messages"] }));
  return folder;
}

async function change(path: string, how: (text: string) => string): Promise<void> {
  const text = await readFile(path, "utf8");
  const changed = how(text);
  expect(changed).not.toBe(text);
  await writeFile(path, changed);
}

describe("a version that nobody touched", () => {
  it("has no fault", async () => {
    expect(await verifyVersion(await exported(), signal)).toEqual({ faults: [], examples: 4, rows: 8 });
  });
});

describe("a version that somebody touched", () => {
  const cases: [string, (folder: string) => Promise<void>, string][] = [
    [
      "a row's text",
      (folder) => change(join(folder, "data/train.jsonl"), (text) => text.replace("area2(3", "area2(9")),
      "data/train.jsonl, line 2, is not the row of which the manifest has the hash.",
    ],
    [
      "a row's fields",
      (folder) => change(join(folder, "data/train.jsonl"), (text) => text.replace('"completion"', '"answer"')),
      "data/train.jsonl, line 1, is no row of prompt-completion: completion is missing.",
    ],
    [
      "a row that is no JSON any more",
      (folder) => change(join(folder, "data/messages/test.jsonl"), (text) => `${text.slice(0, 40)}\n`),
      "data/messages/test.jsonl, line 1, is no row of messages: it is not JSON.",
    ],
    [
      "the order of rows",
      (folder) => change(join(folder, "data/train.jsonl"), (text) => text.trimEnd().split("\n").reverse().join("\n")),
      "data/train.jsonl, line 1, is not the row of which the manifest has the hash.",
    ],
    [
      "a row too few",
      (folder) => change(join(folder, "data/train.jsonl"), (text) => `${text.split("\n").slice(0, 2).join("\n")}\n`),
      "data/train.jsonl has 2 rows, not the manifest's 3.",
    ],
    [
      "a row too many",
      (folder) => appendFile(join(folder, "data/eval.jsonl"), "{}\n"),
      "data/eval.jsonl has 1 rows, not the manifest's 0.",
    ],
    [
      "a line end that no row shows",
      (folder) => change(join(folder, "data/train.jsonl"), (text) => text.replace("\n", "\r\n")),
      "data/train.jsonl is not the file of which the manifest has the hash.",
    ],
    [
      "a file that is gone",
      (folder) => rm(join(folder, "data/messages/train.jsonl")),
      "data/messages/train.jsonl is missing.",
    ],
    [
      "a file that is new",
      (folder) => writeFile(join(folder, "data/more.jsonl"), ""),
      "data/more.jsonl is not in the manifest.",
    ],
    [
      "the card",
      (folder) => change(join(folder, "README.md"), (text) => text.replace("license: mit", "license: cc0-1.0")),
      "README.md is not the file of which the manifest has the hash.",
    ],
    ["a manifest that is gone", (folder) => rm(join(folder, "manifest.json")), "manifest.json is missing."],
    [
      "a manifest that is cut",
      (folder) => change(join(folder, "manifest.json"), (text) => text.slice(0, 500)),
      "manifest.json has no list of examples.",
    ],
    [
      "an entry that is cut",
      (folder) => change(join(folder, "manifest.json"), (text) => text.slice(0, -300)),
      "manifest.json line",
    ],
    [
      "entries that are cut off whole",
      (folder) => change(join(folder, "manifest.json"), (text) => text.split("\n").slice(0, -4).join("\n")),
      "manifest.json counts 4 examples and lists 3.",
    ],
    [
      "the count of a split",
      (folder) => change(join(folder, "manifest.json"), (text) => text.replace('"eval": 0', '"eval": 1')),
      "manifest.json counts 1 examples of eval and lists 0.",
    ],
    [
      "an example listed twice",
      (folder) => change(join(folder, "manifest.json"), (text) => text.replaceAll(exampleOf(2).id, exampleOf(1).id)),
      `manifest.json lists example ${exampleOf(1).id} twice.`,
    ],
    [
      "a group that straddles",
      (folder) =>
        change(join(folder, "manifest.json"), (text) =>
          text.replace(sha256Hex("four"), sha256Hex(exampleOf(1).split?.group ?? "")),
        ),
      "is in train and in test",
    ],
    [
      "a field of the manifest's head",
      (folder) => change(join(folder, "manifest.json"), (text) => text.replace('"read": 4', '"read": "4"')),
      "manifest.json counts.read: is a string, not",
    ],
  ];

  it.each(cases)("is told by: %s", async (_what, touch, sentence) => {
    const folder = await exported();
    await touch(folder);
    const { faults } = await verifyVersion(folder, signal);
    expect(faults.join("\n")).toContain(sentence);
  });

  it("does not fill the screen", async () => {
    const dataDir = await freshDataDir();
    const many = Array.from({ length: 40 }, (_, n) => exampleOf(n));
    const { folder } = await exportDataset(requestOf(dataDir, many));
    await change(join(folder, "data/train.jsonl"), (text) => text.replaceAll("area", "AREA"));
    const { faults } = await verifyVersion(folder, signal);
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toBe("and 21 more faults.");
  });
});
