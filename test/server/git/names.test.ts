import { describe, expect, it } from "vitest";
import { languageOf } from "../../../server/git/languages.ts";

describe("a file's language", () => {
  it.each([
    ["src/a.ts", "typescript"],
    ["src/a.test.tsx", "typescriptreact"],
    ["Dockerfile", "dockerfile"],
    ["web/Makefile", "makefile"],
    ["tsconfig.json", "jsonc"],
    [".gitignore", "ignore"],
    ["include/a.h", "cpp"],
    ["README", null],
    ["a.unknown", null],
    ["constructor", null],
    ["a.constructor", null],
    [".ts", null],
  ])("of %s is %s", (path, language) => {
    expect(languageOf(path)).toBe(language);
  });
});
