import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import type { Example } from "../../../shared/records/example.ts";
import { exampleOf, filesBelow, freshDataDir, splitOf } from "../datasets/cases.ts";
import { fakeProcess } from "./harness.ts";

async function stillpoint(cwd: string, args: readonly string[], input?: string) {
  const process = fakeProcess({ cwd, ...(input === undefined ? {} : { input }) });
  const exitCode = await runProgram([...args], process);
  return { exitCode, out: process.out(), err: process.err() };
}

const lines = (examples: readonly Example[]) => examples.map((example) => `${JSON.stringify(example)}\n`).join("");
const three = [
  exampleOf(1),
  exampleOf(2, splitOf("test", "two")),
  exampleOf(3, { dropped: { stage: "settle", reason: "noise" } }),
];

describe("stillpoint export", () => {
  it("writes a version from standard input and says what is in it", async () => {
    const cwd = await freshDataDir();
    const { exitCode, out, err } = await stillpoint(cwd, ["export", "--dataset", "demo"], lines(three));
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toBe(
      "demo/v1\n  train 1 · eval 0 · test 1, of 3 read\n  left out: 1 by settle (noise)\n  .stillpoint/datasets/demo/v1\n",
    );
  });

  it("names the newest version where nothing is new", async () => {
    const cwd = await freshDataDir();
    await writeFile(join(cwd, "in.jsonl"), lines(three));
    const args = ["export", "-i", "in.jsonl", "--dataset", "demo", "--format", "messages", "--format", "examples"];
    await stillpoint(cwd, args);
    const again = await stillpoint(cwd, args);
    expect(again.exitCode).toBe(0);
    expect(again.out).toContain("demo/v1: equal to what this export would write, so nothing was written");
    expect(Object.keys(await filesBelow(join(cwd, ".stillpoint/datasets")))).toContain(
      "demo/v1/data/examples/test.jsonl",
    );
  });

  it("warns of preferences whose sides differ in length, and of examples that nobody redacted", async () => {
    const { redaction: _redaction, ...unredacted } = exampleOf(1);
    const example: Example = { ...unredacted, rejected: { text: "\n", from: "sample" } };
    const { exitCode, out, err } = await stillpoint(
      await freshDataDir(),
      ["export", "--dataset", "demo", "--format", "preference"],
      lines([example]),
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(/preference: 1 rows, mean length \d+ chosen and \d+ rejected characters/u);
    expect(err).toContain("differ by a factor of 1.5");
    expect(err).toContain("1 of the exported examples never went through stillpoint redact");
  });

  it("ends with 3 where lines were rejected, with 2 for a wrong argument, with 1 where it refuses", async () => {
    const cwd = await freshDataDir();
    const run = (args: readonly string[], input: string) => stillpoint(cwd, ["export", ...args], input);
    expect((await run(["--dataset", "demo"], `{"schema":1}\n${lines(three)}`)).exitCode).toBe(3);
    expect((await run(["--dataset", "demo", "--format", "parquet"], "")).exitCode).toBe(2);
    expect((await run(["--dataset", "a/b"], lines(three))).exitCode).toBe(2);
    expect((await run([], lines(three))).exitCode).toBe(2);
    expect((await run(["--dataset", "demo"], "")).exitCode).toBe(1);
  });
});

describe("stillpoint datasets", () => {
  it("lists, shows and verifies, and fails on a version that was touched", async () => {
    const cwd = await freshDataDir();
    expect((await stillpoint(cwd, ["datasets", "list"])).err).toContain("holds no dataset");
    await stillpoint(cwd, ["export", "--dataset", "demo"], lines(three));
    await stillpoint(cwd, ["export", "--dataset", "demo", "--student-format", "blocks"], lines(three));

    const list = await stillpoint(cwd, ["datasets", "list"]);
    expect(list.out).toBe("demo/v2 (2 versions)  train 1 · eval 0 · test 1  prompt-completion\n");
    const show = await stillpoint(cwd, ["datasets", "show", "demo/v1"]);
    expect(show.out).toContain("  targets    2 teacher (openai:teacher)\n");
    expect(show.out).toContain("  prompts    zeta1-1:");
    const verified = await stillpoint(cwd, ["datasets", "verify", "demo"]);
    expect(verified).toMatchObject({ exitCode: 0, err: "" });
    expect(verified.out).toContain("demo/v2: 2 examples in 2 rows; every row parses");

    await writeFile(join(cwd, ".stillpoint/datasets/demo/v2/data/train.jsonl"), "");
    const touched = await stillpoint(cwd, ["datasets", "verify", "demo"]);
    expect(touched.exitCode).toBe(1);
    expect(touched.err).toContain("data/train.jsonl has 0 rows, not the manifest's 1.");
    expect((await stillpoint(cwd, ["datasets", "verify", "demo/v1"])).exitCode).toBe(0);
  });

  it("lists what it can read, and fails where it cannot read one", async () => {
    const cwd = await freshDataDir();
    await stillpoint(cwd, ["export", "--dataset", "broken"], lines(three));
    await stillpoint(cwd, ["export", "--dataset", "sound"], lines(three));
    await writeFile(join(cwd, ".stillpoint/datasets/broken/v1/manifest.json"), "{");
    const list = await stillpoint(cwd, ["datasets", "list"]);
    expect(list.exitCode).toBe(1);
    expect(list.out).toBe("broken/v1  cannot be read\nsound/v1   train 1 · eval 0 · test 1  prompt-completion\n");
    expect(list.err).toContain("broken/v1: manifest.json has no list of examples.");
  });

  it("lists formats on a line of their own where a line would be too long", async () => {
    const cwd = await freshDataDir();
    const formats = ["prompt-completion", "messages", "examples"].flatMap((format) => ["--format", format]);
    await stillpoint(cwd, ["export", "--dataset", "demo-of-everything", ...formats], lines(three));
    const list = await stillpoint(cwd, ["datasets", "list"]);
    expect(list.out).toBe(
      "demo-of-everything/v1  train 1 · eval 0 · test 1\n  prompt-completion, messages, examples\n",
    );
  });

  it("names what there is where something is not", async () => {
    const cwd = await freshDataDir();
    expect(await stillpoint(cwd, ["datasets", "show", "demo"])).toMatchObject({ exitCode: 2 });
    await stillpoint(cwd, ["export", "--dataset", "demo"], lines(three));
    expect((await stillpoint(cwd, ["datasets", "show", "team"])).err).toContain("there are demo");
    expect((await stillpoint(cwd, ["datasets", "verify", "demo/v7"])).err).toContain("its newest is v1");
  });
});
