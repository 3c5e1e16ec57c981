/** The small rules that keep a repository from switching anything on. */
import { describe, expect, it } from "vitest";
import { isAllowed } from "../../../extension/editor/allowed.ts";
import { describeFault } from "../../../extension/editor/fault.ts";
import { placeOf } from "../../../extension/editor/place.ts";
import { serverAddress } from "../../../extension/editor/server-address.ts";
import { inEnglish } from "../../../extension/gate/refusal.ts";

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

describe("a server's address", () => {
  const origin = (text: string) => {
    const address = serverAddress(text, inEnglish);
    return address.ok ? address.origin : undefined;
  };
  it("is https, or this machine", () => {
    expect(origin("https://stillpoint.example.com/")).toBe("https://stillpoint.example.com");
    expect(origin(" http://127.0.0.1:7431 ")).toBe("http://127.0.0.1:7431");
    expect(origin("http://[::1]:7431")).toBe("http://[::1]:7431");
    expect(origin("http://localhost:7431")).toBe("http://localhost:7431");
    // However the loopback is written.
    expect(origin("http://2130706433:7431")).toBe("http://127.0.0.1:7431");
  });
  it.each([
    "http://stillpoint.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://10.0.0.5:7431",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "https://user:secret@stillpoint.example.com",
    "https://stillpoint.example.com/v1",
    "stillpoint.example.com",
    "",
  ])("is not %j", (text) => {
    expect(origin(text)).toBeUndefined();
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
  it("has the system's code", () => {
    expect(describeFault(Object.assign(new Error("no room for secret.ts"), { code: "ENOSPC", stack: "" }))).toBe(
      "Error ENOSPC",
    );
  });
  it("does not say what was thrown when it was no error", () => {
    expect(describeFault("const password = 1")).toBe("a thrown string");
  });
});
