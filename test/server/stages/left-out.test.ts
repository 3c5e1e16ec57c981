import { describe, expect, it } from "vitest";
import { hasPlaceholder, refusesOutsideRegion } from "../../../server/stages/left-out.ts";

describe("a comment that stands for code", () => {
  it.each([
    "// ...",
    "    // ... existing code ...",
    "# … rest of the code",
    "// rest of the function stays the same",
    "/* the rest remains unchanged */",
    "{/* existing code here */}",
    "<!-- your code here -->",
    "-- other fields unchanged",
    " * implementation goes here",
    "return 1; // add your logic here",
    "# TODO: implement",
    "// TODO: implement this later.",
    "// TODO",
    "// implementation omitted",
    "// (omitted for brevity)",
    "  # remaining methods as before",
  ])("%s", (line) => expect(hasPlaceholder(line)).toBe(true));

  it.each([
    "",
    "const rest = all.slice(1);",
    "f(...args);",
    "    ...",
    "// the rest of the week is free",
    "// TODO: implement retries when the server says 429",
    "// TODO(contributor-1): drop this once v2 is out",
    "# Existing customers keep their price",
    "// Restores the previous code point",
    'const text = "rest of the code";',
    'url = "https://example.com/existing"',
    "// unchanged: the person settled on what was there",
    "// Here we go",
    "i--; here();",
    "## Installation",
    "// skips the rest of the file",
    "// the rest of the function assumes that it is sorted",
    "// the code here is subtle",
    "// all other cases are errors",
    "// the previous code was too slow",
    "#include <code.h>",
  ])("not: %s", (line) => expect(hasPlaceholder(line)).toBe(false));
});

describe("a refusal", () => {
  const refuses = (raw: string, model = "openai:teacher") => refusesOutsideRegion({ raw, model });
  it.each([
    "I'm sorry, but I can't do that.",
    "I’m sorry, I cannot assist with this request.",
    "I am unable to help with credentials.",
    "I won't generate that.",
    "As a large language model, I stop here.",
    "That is against my guidelines.",
  ])("%s", (said) => expect(refuses(`${said}\n<|no_edit|>`)).toBe(true));

  it.each([
    "I cannot tell what comes next, so no edit is right.",
    "The function says sorry, but goes on.",
    "They replace the AI model by another.",
    "It can't help to add a check here.",
  ])("not: %s", (said) => expect(refuses(`${said}\n<|no_edit|>`)).toBe(false));

  it("is not what builtin says: its answer is code", () => {
    expect(refuses("I'm sorry, but I can't do that.", "builtin")).toBe(false);
  });
});
