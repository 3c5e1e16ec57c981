/** The small rules that keep a repository from switching anything on. */
import { describe, expect, it } from "vitest";
import { isAllowed } from "../../../extension/editor/allowed.ts";
import { describeFault } from "../../../extension/editor/fault.ts";
import { placeOf } from "../../../extension/editor/place.ts";

describe("a setting of stillpoint.allow", () => {
  it("is off as soon as one place says so, whatever a narrower one says", () => {
    expect(isAllowed([undefined, undefined, undefined])).toBe(true);
    expect(isAllowed([false, true, true])).toBe(false);
    expect(isAllowed([true, undefined, false])).toBe(false);
  });
  it("is off where it holds what it should not", () => {
    expect(isAllowed(["yes"])).toBe(false);
    expect(isAllowed([null])).toBe(false);
  });
});

describe("a workspace", () => {
  it("is captured only where a folder is on a file system, and trusted", () => {
    expect(placeOf(["file"], true)).toBe("ready");
    expect(placeOf(["file"], false)).toBe("untrusted");
    expect(placeOf(["vscode-vfs"], true)).toBe("virtual");
    expect(placeOf(["vscode-vfs", "file"], true)).toBe("ready");
    expect(placeOf([], true)).toBe("none");
  });
});

describe("an error in the log", () => {
  it("has its kind and where it was thrown, and nothing of what it quotes", () => {
    let thrown: unknown;
    try {
      JSON.parse('{"apiKey": hunter2}');
    } catch (error) {
      thrown = error;
    }
    const said = describeFault(thrown);
    expect(said).toMatch(/^SyntaxError\n\s+at /u);
    expect(said).not.toContain("hunter2");
    expect(said).not.toContain("apiKey");
  });
  it("has nothing of a message that reads like the place where it was thrown", () => {
    const said = describeFault(new Error("Unexpected token\n    at hunter2 (line 1)\n  at apiKey"));
    expect(said).toMatch(/^Error\n\s+at /u);
    expect(said).not.toMatch(/hunter2|apiKey/u);
  });
  it("has the system's code", () => {
    expect(describeFault(Object.assign(new Error("no room for secret.ts"), { code: "ENOSPC", stack: "" }))).toBe(
      "Error ENOSPC",
    );
  });
  it("does not say what was thrown when it was no error", () => {
    expect(describeFault("const password = 1")).toBe("a thrown string");
  });
});
