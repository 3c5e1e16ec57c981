/** The prompt formats by name, as configuration and `--student-format` name them. */
import { ConfigurationError } from "../errors.ts";
import { blocksFormat } from "./blocks.ts";
import { diffFormat } from "./diff.ts";
import type { PromptFormat, StudentFormat } from "./prompt-format.ts";
import { teacherFormat } from "./teacher.ts";
import { zeta1Format } from "./zeta1.ts";
import { zeta2Format } from "./zeta2.ts";

export const STUDENT_FORMAT_NAMES = ["zeta1", "zeta2", "blocks", "diff"] as const;
export type StudentFormatName = (typeof STUDENT_FORMAT_NAMES)[number];

/** Of an export that does not say, from a task or on its own. */
export const DEFAULT_STUDENT_FORMAT: StudentFormatName = "zeta2";

const STUDENT_FORMATS: Readonly<Record<StudentFormatName, StudentFormat>> = {
  zeta1: zeta1Format,
  zeta2: zeta2Format,
  blocks: blocksFormat,
  diff: diffFormat,
};

const PROMPT_FORMAT_NAMES = ["teacher", ...STUDENT_FORMAT_NAMES] as const;

/** @throws ConfigurationError for a name that is none. */
export function promptFormat(name: string): PromptFormat {
  if (name === "teacher") return teacherFormat;
  return studentFormat(name);
}

/** @throws ConfigurationError for a name that is none, or the teacher's. */
export function studentFormat(name: string): StudentFormat {
  const known = STUDENT_FORMAT_NAMES.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new ConfigurationError(`No prompt format is called "${name}"; there are ${PROMPT_FORMAT_NAMES.join(", ")}.`);
  }
  return STUDENT_FORMATS[known];
}
