import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { exportDataset } from "../../../server/datasets/export.ts";
import { verifyVersion } from "../../../server/datasets/verify.ts";
import { ConfigurationError, Failure } from "../../../server/errors.ts";
import type { Example } from "../../../shared/records/example.ts";
import { exampleOf, filesBelow, freshDataDir, predictionOf, requestOf, splitOf } from "./cases.ts";

/** One of everything that an export has to tell of. */
const tiny: Example[] = [
  exampleOf(1, { redaction: { version: 1, counts: { email: 1, awsAccessKey: 0 } } }),
  exampleOf(2, {
    expected: { text: "\nconst total = area2(3, 4);\n", from: "sample" },
    rejected: { text: "\nconst total = size2(4, 3);\n", from: "sample" },
    samples: {
      model: "builtin",
      requested: 2,
      distinct: [
        { text: "\nconst total = area2(3, 4);\n", count: 1 },
        { text: "\nconst total = size2(4, 3);\n", count: 1 },
      ],
    },
  }),
  exampleOf(3, splitOf("eval", "geometry three")),
  exampleOf(4, {
    ...splitOf("test", "geometry four"),
    expected: { text: "\nconst total = size4(3, 4);\n", from: "settled" },
  }),
  exampleOf(5, { dropped: { stage: "settle", reason: "noise" } }),
  withoutTarget(exampleOf(6)),
];

function withoutTarget({ expected: _expected, ...rest }: Example): Example {
  return rest;
}

const provenance = {
  seed: 7,
  stages: [
    { name: "import-git", version: 1, options: { max: 6 } },
    { name: "distill", version: 2, options: { model: "teacher" }, fingerprint: "0a" },
  ],
};

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).message;
}

describe("an exported version", () => {
  it("reads like this", async () => {
    const dataDir = await freshDataDir();
    const result = await exportDataset(
      requestOf(dataDir, tiny, {
        formats: ["prompt-completion", "messages", "preference", "examples"],
        system: "Rewrite the region.",
        provenance,
      }),
    );
    expect(result).toMatchObject({ version: "v1", written: true, preference: { rows: 1 } });
    const { "run.json": run, ...files } = await filesBelow(join(dataDir, "datasets/tiny/v1"));
    expect(run).toBe('{\n  "exportedAt": "2026-01-02T03:04:05.678Z"\n}\n');
    expect(Object.keys(files)).toHaveLength(14);
    for (const [path, text] of Object.entries(files)) {
      await expect(text).toMatchFileSnapshot(`../../fixtures/datasets/tiny/${path}`);
    }
    expect(await verifyVersion(join(dataDir, "datasets/tiny/v1"), new AbortController().signal)).toEqual({
      faults: [],
      examples: 4,
      rows: 13,
    });
  });

  it("is the same, byte for byte, in another folder at another time", async () => {
    const [one, other] = [await freshDataDir(), await freshDataDir()];
    await exportDataset(requestOf(one, tiny));
    await exportDataset(requestOf(other, tiny, { runRecord: () => ({ exportedAt: "later" }) }));
    const [{ "datasets/tiny/v1/run.json": _one, ...files }, { "datasets/tiny/v1/run.json": _other, ...otherFiles }] = [
      await filesBelow(one),
      await filesBelow(other),
    ];
    expect(files).toEqual(otherFiles);
  });

  it("is not written again where the newest one is equal, and is the next one where anything differs", async () => {
    const dataDir = await freshDataDir();
    await exportDataset(requestOf(dataDir, tiny));
    const before = await filesBelow(dataDir);
    const again = await exportDataset(requestOf(dataDir, tiny, { runRecord: () => ({ exportedAt: "later" }) }));
    expect(again).toMatchObject({ version: "v1", written: false });
    expect(await filesBelow(dataDir)).toEqual(before);
    expect(await exportDataset(requestOf(dataDir, tiny.slice(1)))).toMatchObject({ version: "v2", written: true });
    expect(await exportDataset(requestOf(dataDir, tiny, { student: "zeta2" }))).toMatchObject({ version: "v3" });
    expect(await exportDataset(requestOf(dataDir, tiny))).toMatchObject({ version: "v4", written: true });
  });

  it("says honestly that builtin made its targets, and nothing of it where it did not", async () => {
    const dataDir = await freshDataDir();
    const by = (model: string) => [
      exampleOf(1, { teacher: { predictions: [predictionOf({ model, text: "\nconst total = area1(3, 4);\n" })] } }),
    ];
    await exportDataset(requestOf(dataDir, by("builtin")));
    await exportDataset(requestOf(dataDir, by("openai:teacher")));
    const card = (version: string) => readFile(join(dataDir, "datasets/tiny", version, "README.md"), "utf8");
    expect(await card("v1")).toContain("**All targets were proposed by `builtin`**");
    expect(await card("v2")).not.toContain("`builtin`");
  });
});

describe("the card's licence", () => {
  const licences = async (...names: (string | undefined)[]) => {
    const dataDir = await freshDataDir();
    const examples = names.map((licence, n) => {
      const example = exampleOf(n);
      return { ...example, snapshot: { ...example.snapshot, repo: licence === undefined ? {} : { licence } } };
    });
    await exportDataset(requestOf(dataDir, examples));
    const card = await readFile(join(dataDir, "datasets/tiny/v1/README.md"), "utf8");
    const { license, license_name } = parse(card.split("---\n")[1] ?? "") as Record<string, unknown>;
    return license_name === undefined ? license : { license, license_name };
  };

  it("is the one that there is, as hubs spell it", async () => {
    expect(await licences("Apache-2.0")).toBe("apache-2.0");
    expect(await licences("GPL-3.0-or-later", "GPL-3.0-only")).toBe("gpl-3.0");
    expect(await licences(undefined)).toBe("unknown");
    expect(await licences("LicenseRef-Ours")).toEqual({ license: "other", license_name: "LicenseRef-Ours" });
  });

  it("is every one of several, the most frequent first", async () => {
    expect(await licences("ISC", "MIT", "MIT", undefined)).toEqual(["mit", "isc", "unknown"]);
    expect(await licences("MIT", "A", "B")).toEqual(["other", "mit"]);
  });
});

describe("an export that may not be", () => {
  const planted = `const key = "${["AKIA", "Z7QXM3WKPD5TRB2N"].join("")}";\n`;

  it.each([
    ["the target", (e: Example): Example => ({ ...e, expected: { text: `\n${planted}`, from: "teacher" } })],
    [
      "the excerpt",
      (e: Example): Example => ({
        ...e,
        snapshot: {
          ...e.snapshot,
          document: { ...e.snapshot.document, lineCount: 9 },
          excerpt: { startLine: 0, text: e.snapshot.excerpt.text + planted },
        },
      }),
    ],
  ])("finds a secret planted in %s, and writes nothing", async (_where, plant) => {
    const dataDir = await freshDataDir();
    const message = await failureOf(exportDataset(requestOf(dataDir, [exampleOf(1), plant(exampleOf(2))])));
    expect(message).toContain("1 that hold what looks like a secret");
    expect(message).not.toContain("AKIA");
    expect(await readdir(join(dataDir, "datasets/tiny"))).toEqual([]);
  });

  it("refuses a marker that a model left in a target", async () => {
    const marked = exampleOf(1, { expected: { text: "\n<|editable_region_end|>\n", from: "teacher" } });
    expect(await failureOf(exportDataset(requestOf(await freshDataDir(), [marked])))).toContain(
      "expected.text holds the marker <|editable_region_end|>",
    );
  });

  it("refuses a split group on two sides, and an example that comes twice", async () => {
    const group = [exampleOf(1, splitOf("train", "g")), exampleOf(2, splitOf("test", "g"))];
    expect(await failureOf(exportDataset(requestOf(await freshDataDir(), group)))).toContain(
      "in test, the group's first is in train",
    );
    expect(await failureOf(exportDataset(requestOf(await freshDataDir(), [exampleOf(1), exampleOf(1)])))).toContain(
      "1 that stand in the input already",
    );
  });

  it("tells how many are over the token limit, or leaves them out when asked to", async () => {
    const dataDir = await freshDataDir();
    const long = exampleOf(2, { expected: { text: `\n${"x = 1;\n".repeat(900)}`, from: "teacher" } });
    const limit = { maxTokens: 1_000 };
    expect(await failureOf(exportDataset(requestOf(dataDir, [exampleOf(1), long], limit)))).toMatch(
      /1 over the token limit: \w{12} \(2\d\d\d of 1000\); --drop-long leaves them out/u,
    );
    const done = await exportDataset(requestOf(dataDir, [exampleOf(1), long], { ...limit, dropLong: true }));
    expect(done.tally).toMatchObject({ counts: { exported: 1 }, funnel: { export: { tooLong: 1 } } });
  });

  it("tells why none is left", async () => {
    const none = [exampleOf(1, { dropped: { stage: "settle", reason: "noise" } }), withoutTarget(exampleOf(2))];
    expect(await failureOf(exportDataset(requestOf(await freshDataDir(), none)))).toBe(
      "tiny was not exported: of 2 examples none is left: 1 by export (noTarget), 1 by settle (noise).",
    );
    expect(await failureOf(exportDataset(requestOf(await freshDataDir(), [])))).toContain("holds no examples");
  });

  it("refuses names and combinations that mean nothing", async () => {
    const dataDir = await freshDataDir();
    for (const wrong of [
      { dataset: "../up" },
      { dataset: "" },
      { formats: [] },
      { formats: ["messages", "messages"] as const },
      { system: "Hello." },
      { formats: ["messages"] as const, system: "" },
      { maxTokens: 0 },
    ]) {
      await expect(exportDataset(requestOf(dataDir, tiny, wrong))).rejects.toBeInstanceOf(ConfigurationError);
    }
  });

  it("leaves no half version where it is stopped in the middle", async () => {
    const dataDir = await freshDataDir();
    const stop = new AbortController();
    const request = requestOf(dataDir, tiny, { signal: stop.signal, onExample: (read) => read === 2 && stop.abort() });
    await expect(exportDataset(request)).rejects.toThrow();
    expect(await readdir(join(dataDir, "datasets/tiny"))).toEqual([]);
  });
});

describe("beside another export", () => {
  it("clears away what a killed one left", async () => {
    const dataDir = await freshDataDir();
    const left = join(dataDir, "datasets/tiny/v1.partial/data");
    await mkdir(left, { recursive: true });
    await writeFile(join(left, "train.jsonl"), '{"prompt":');
    await exportDataset(requestOf(dataDir, tiny));
    expect(await readdir(join(dataDir, "datasets/tiny"))).toEqual(["v1", "v1.ledger.jsonl"]);
  });

  it("fails with the process's id while that one runs, and touches nothing of it", async () => {
    const dataDir = await freshDataDir();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let started: () => void = () => undefined;
    const inTheMiddle = new Promise<void>((resolve) => {
      started = resolve;
    });
    async function* slow() {
      yield exampleOf(1);
      started();
      await held;
      yield exampleOf(2);
    }
    const first = exportDataset(requestOf(dataDir, [], { examples: slow() }));
    await inTheMiddle;
    const message = await failureOf(exportDataset(requestOf(dataDir, tiny)));
    expect(message).toContain(`the dataset tiny is being written by process ${process.pid}`);
    release();
    expect(await first).toMatchObject({ version: "v1", tally: { counts: { exported: 2 } } });
    expect(existsSync(join(dataDir, "datasets/tiny/v1/manifest.json"))).toBe(true);
  });
});
