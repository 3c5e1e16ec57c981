/** The table of stages, in the order in which examples usually pass them. A stage is loaded when it is asked for. */
import type { Stage } from "./stage.ts";

export interface StageEntry {
  readonly name: string;
  /** One line of help. */
  readonly summary: string;
  readonly load: () => Promise<Stage<unknown>>;
}

export const stageTable: readonly StageEntry[] = [];
