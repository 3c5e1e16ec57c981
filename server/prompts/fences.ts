/** Fenced code blocks: put around a text so that nothing in it can end them, and found in an answer (CommonMark 4.5). */
import { splitLines } from "../../shared/text/lines.ts";

/** `text` between fences that are longer than any run of backticks in it. `info` follows the opening fence. */
export function fenced(text: string, info: string): string {
  const longest = (text.match(/`{3,}/gu) ?? []).reduce((length, run) => Math.max(length, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}${info}\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fence}`;
}

/**
 * The contents of an answer's fenced blocks, in order. A block ends at the first fence of its own character that is as
 * long and stands alone, so a shorter fence inside belongs to the content. One that never ends is left out.
 */
export function fencedBlocks(answer: string): string[] {
  const blocks: string[] = [];
  let open: { fence: string; lines: string[] } | undefined;
  for (const line of splitLines(answer)) {
    if (open === undefined) {
      const fence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/u.exec(line)?.[1];
      if (fence !== undefined) open = { fence, lines: [] };
      continue;
    }
    const closing = /^ {0,3}(`{3,}|~{3,})[ \t]*$/u.exec(line.replace(/\n$/u, ""))?.[1];
    if (closing?.startsWith(open.fence)) {
      blocks.push(open.lines.join(""));
      open = undefined;
    } else open.lines.push(line);
  }
  return blocks;
}

/** The content of the fenced block that `text` consists of; undefined for any other text. */
export function onlyFencedBlock(text: string): string | undefined {
  const whole = text.trimEnd();
  const [content] = fencedBlocks(whole);
  if (content === undefined) return undefined;
  const fences = splitLines(whole).length - splitLines(content).length;
  return fences === 2 ? content : undefined;
}
