import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../server/errors.ts";
import type { Task } from "../../../server/runs/task-file.ts";
import { adaptTask, describeTask, readTask } from "../../../server/runs/task-file.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-task-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const whole = `name: settled
kind: distillation
seed: 7
input:
  file: examples.jsonl
models:
  teacher: builtin
  student: builtin
stages:
  - redact
  - distill: { model: teacher, historyLength: 3 }
  - settle:
      keepTrivial: 0.5
output:
  dataset: mine
  formats: [preference]
`;

async function read(text: string) {
  await writeFile(join(folder, "task.yaml"), text);
  return readTask(join(folder, "task.yaml"), "task.yaml");
}

describe("a task file", () => {
  it("names stages with their options, whose other options are the stages' own defaults", async () => {
    const task = await read(whole);
    expect(task.stages.map(({ stage }) => stage.name)).toEqual(["redact", "distill", "settle"]);
    expect(task.stages[1]?.options).toMatchObject({ model: "teacher", historyLength: 3, diagnostics: true });
    expect(task.stages[2]?.options).toMatchObject({ keepTrivial: 0.5, trivialAbove: 0.8 });
    expect(task.output).toMatchObject({ dataset: "mine", formats: ["preference"] });
  });

  it("puts the models of the task, or of the command line, in the place of their roles", async () => {
    const task = await read(whole);
    const distill = (of: Task) => (describeTask(of, 7)["stages"] as Record<string, unknown>[])[1]?.["distill"];
    expect(distill(task)).toMatchObject({ model: "builtin" });
    const other = adaptTask(task, { models: { teacher: "openai:big@http://127.0.0.1:1/v1" } });
    expect(distill(other)).toMatchObject({ model: "openai:big@http://127.0.0.1:1/v1" });
  });

  it.each([
    ["an unknown key", "sead: 1", "task.yaml:17: sead is an unknown key. Did you mean seed?"],
    ["a wrong value", "concurrency: 0", "task.yaml:17: concurrency must be at least 1."],
    ["broken YAML", "a: [", "task.yaml:18: no valid YAML"],
    ["an alias without its anchor", "description: *nowhere", "task.yaml: no valid YAML: "],
  ])("refuses %s, naming line and key", async (_what, line, sentence) => {
    const reading = read(`${whole}${line}\n`);
    await expect(reading).rejects.toThrow(ConfigurationError);
    await expect(reading).rejects.toThrow(sentence);
  });

  it.each([
    [
      "a stage that is not there",
      ["- redact", "- redakt"],
      'task.yaml:10: stages[0]: there is no stage "redakt". Did you mean redact?',
    ],
    [
      "an option that is not there",
      ["keepTrivial:", "keepTrivials:"],
      "task.yaml:13: stages[2].settle.keepTrivials is an unknown key. Did you mean keepTrivial?",
    ],
    ["an option out of range", ["0.5", "5"], "task.yaml:13: stages[2].settle.keepTrivial must be at most 1."],
    [
      "two stages in one entry",
      ["  - redact", "  - { redact: {}, split: {} }"],
      "task.yaml:10: stages[0] must be a stage's name",
    ],
    ["a kind that is not there yet", ["distillation", "synthesis"], "task.yaml:2: kind must be one of distillation."],
    ["an unknown format", ["[preference]", "[preferences]"], "task.yaml:16: output.formats[0] must be one of"],
    [
      "no input",
      ["  file: examples.jsonl", "  {}"],
      "task.yaml:4: input: needs exactly one of file, import-git and pull.",
    ],
    ["nothing at all", [whole, ""], "task.yaml:1: name is missing."],
  ])("refuses %s", async (_what, [from = "", to = ""], sentence) => {
    await expect(read(whole.replace(from, to))).rejects.toThrow(sentence);
  });

  it("tells of every fault at once, each on a line of its own", async () => {
    const reading = read(whole.replace("seed: 7", "sead: 7").replace("dataset:", "datasett:"));
    await expect(reading).rejects.toThrow(
      /task\.yaml:3: sead .*\ntask\.yaml:14: output\.dataset is missing.*\ntask\.yaml:15: output\.datasett is/s,
    );
  });

  it("says that a role has no model", async () => {
    const task = await read(whole.replace("  teacher: builtin\n", ""));
    expect(() => describeTask(task, 7)).toThrow("a stage asks the teacher, but models: names none.");
  });

  it("says that there is no such file", async () => {
    await expect(readTask(join(folder, "no.yaml"), "no.yaml")).rejects.toThrow(
      "cannot read no.yaml: it does not exist.",
    );
  });
});
