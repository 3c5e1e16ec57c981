/** The table of stages, in the order in which examples usually pass them. A stage is loaded when it is asked for. */
import type { Stage } from "./stage.ts";

export interface StageEntry {
  readonly name: string;
  /** One line of help. */
  readonly summary: string;
  readonly load: () => Promise<Stage<unknown>>;
}

export const stageTable: readonly StageEntry[] = [
  {
    name: "redact",
    summary: "replace secrets and personal data in every text",
    load: async () => (await import("./redact.ts")).redactStage,
  },
  {
    name: "split",
    summary: "put each group of examples into train, eval or test",
    load: async () => (await import("./split.ts")).splitStage,
  },
  {
    name: "distill",
    summary: "ask the teacher what it would have done",
    load: async () => (await import("./distill.ts")).distillStage,
  },
  {
    name: "score",
    summary: "compute the static figures of every prediction",
    load: async () => (await import("./score.ts")).scoreStage,
  },
  {
    name: "qa",
    summary: "ask a judge about the teacher's answers",
    load: async () => (await import("./qa.ts")).qaStage,
  },
  {
    name: "repair",
    summary: "ask again where the teacher failed",
    load: async () => (await import("./repair.ts")).repairStage,
  },
  {
    name: "sample",
    summary: "draw predictions of the student",
    load: async () => (await import("./sample.ts")).sampleStage,
  },
  {
    name: "settle",
    summary: "place examples by their samples' distance to the settled text",
    load: async () => (await import("./settle.ts")).settleStage,
  },
  {
    name: "verdicts",
    summary: "join what the server knows by now of the predictions that were shown",
    load: async () => (await import("./verdicts.ts")).verdictsStage,
  },
  {
    name: "expect",
    summary: "choose the target, and the answer to prefer it to",
    load: async () => (await import("./expect.ts")).expectStage,
  },
  {
    name: "label",
    summary: "say what kind of edit each target is, and how hard",
    load: async () => (await import("./label.ts")).labelStage,
  },
  {
    name: "rate",
    summary: "have a model rate what each example is worth to a student",
    load: async () => (await import("./rate.ts")).rateStage,
  },
  {
    name: "filter",
    summary: "drop examples by rules, or mark them",
    load: async () => (await import("./filter.ts")).filterStage,
  },
];
