import { describe, expect, it } from "vitest";
import { redactSnapshot } from "../../../shared/privacy/redact.ts";
import { findSensitive } from "../../../shared/privacy/scan.ts";
import type { Diagnostic, HistoryEntry } from "../../../shared/records/snapshot.ts";
import { snapshotOf } from "./snapshots.ts";

/** In characters. What is quadratic in one of these would need minutes, and the runner's own limit would stop it. */
const size = 1_600_000;
const begin = ["-----BEGIN", "PRIVATE KEY-----\n"].join(" ");

describe("texts made to be slow", () => {
  it.each([
    ["a key's line with white space behind it", `${begin}AAAA${" ".repeat(size)}x`],
    ["white space where a key's header would stand", `${begin}${" ".repeat(size)}x`],
    ["quotes where a key's header would stand", `${begin}${'"'.repeat(size)}x`],
    ["escaped line ends behind a key in one line", `${begin.trimEnd()}${"A".repeat(16)}${"\\n".repeat(size / 2)}A`],
  ])("are read in one go: %s", (_, text) => {
    expect(findSensitive(text).length).toBeLessThan(2);
  });

  it("are rewritten in one go: a value that repeats itself, in texts that nearly hold it", () => {
    const almost = `${"A".repeat(15_000)}B`;
    const diagnostics = Array.from(
      { length: 20 },
      (): Diagnostic => ({ severity: 1, message: almost, startLine: 0, endLine: 0, snippet: almost }),
    );
    const snapshot = snapshotOf(`x\n${begin}${"A".repeat(16_000)}\n`, { diagnostics });
    const result = redactSnapshot({ snapshot });
    expect(result.ok && result.snapshot.diagnostics[0]?.message).toBe("‹private-key-1›B");
  });

  it("are rewritten in one go: the last characters of a key, all over a long line", () => {
    const key = `${begin}${"MIIEvQIBADANBgkqhkiG9w0B"}\nAAA=\n`;
    const history: HistoryEntry[] = [
      { path: "x", origin: "typed", diff: `@@ -0,0 +1 @@\n+${"AAA= ".repeat(size / 5)}\n` },
    ];
    const result = redactSnapshot({ snapshot: snapshotOf(key, { history }) });
    expect(result.ok && result.snapshot.excerpt.text).toContain("\n‹private-key-1›\n‹private-key-1›\n");
  });

  it("are rewritten in one go: as many look-alikes of a placeholder as there is room for, and a secret among them", () => {
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    const text = `${"‹a-b-1›".repeat(size / 7)}\n${`${token}\n`.repeat(40_000)}`;
    const result = redactSnapshot({ snapshot: snapshotOf("x\n"), rest: { raw: text } });
    expect(result.ok && result.counts).toEqual({ "github-token": 1 });
  });
});
