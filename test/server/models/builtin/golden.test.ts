import { describe, expect, it } from "vitest";
import { builtinCandidates } from "../../../../server/models/builtin/index.ts";
import { unifiedDiff } from "../../../../shared/text/unified-diff.ts";
import { snapshotOf } from "./editing.ts";
import { situations } from "./situations.ts";

describe("what the builtin model proposes", () => {
  it("is what the golden file shows", async () => {
    await expect(render()).toMatchFileSnapshot("golden.md");
  });
});

/** Without confidences, which are measured anew from time to time; their order stays. */
function render(): string {
  const parts = ["# What the builtin model proposes, best first\n\n`‸` is the cursor.\n"];
  for (const { title, ...story } of situations) {
    const snapshot = snapshotOf(story);
    const before = snapshot.excerpt.text;
    parts.push(`\n## ${title}\n`);
    for (const { diff = "" } of snapshot.history) parts.push(fenced(withoutHeader(diff), "diff"));
    parts.push(fenced(story.states.at(-1) ?? "", ""));
    for (const [i, candidate] of builtinCandidates(snapshot, 3).entries()) {
      parts.push(`\n${i + 1}. ${candidate.by}\n`);
      if ("text" in candidate)
        parts.push(fenced(withoutHeader(unifiedDiff(before, candidate.text, { path: "a" })), "diff"));
    }
  }
  return parts.join("");
}

function fenced(text: string, info: string): string {
  return `\n\`\`\`${info}\n${text.endsWith("\n") ? text : `${text}\n`}\`\`\`\n`;
}

function withoutHeader(diff: string): string {
  return diff.split("\n").slice(2).join("\n");
}
