/**
 * What a double answers to the teacher's prompt: a region that depends on nothing but the prompt, whatever sample it
 * is. For a double in a process of its own: `node test/doubles/anthropic.ts --answer test/doubles/teacher-answer.ts`.
 */
import { createHash } from "node:crypto";
import { CURSOR, NO_EDIT, REGION_END, REGION_START } from "../../server/prompts/markers.ts";
import type { DoubleRequest } from "./http-double.ts";

/** Of 256: how many prompts are answered with no edit. */
const noEditShare = 64;

/** Repeats the region and adds a line to it, or says that no edit is right. */
export function answer({ prompt }: DoubleRequest): string {
  const digest = createHash("sha256").update(prompt).digest();
  if ((digest[0] ?? 0) < noEditShare) return `Nothing follows from this.\n\n${NO_EDIT}\n`;
  const start = prompt.lastIndexOf(`${REGION_START}\n`) + REGION_START.length + 1;
  const region = prompt.slice(start, prompt.indexOf(REGION_END, start)).replace(CURSOR, "");
  const added = `added(${digest.toString("hex", 1, 4)});\n`;
  const end = region === "" || region.endsWith("\n") ? "" : "\n";
  return `The programmer goes on.\n\n${REGION_START}\n${region}${end}${added}${REGION_END}\n`;
}
