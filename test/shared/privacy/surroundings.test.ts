import { describe, expect, it } from "vitest";
import { redactInSlices, redactSnapshot } from "../../../shared/privacy/redact.ts";
import type { Redactable } from "../../../shared/privacy/redactable.ts";
import type { Definition } from "../../../shared/records/snapshot.ts";
import { settlementOf, snapshotOf } from "./snapshots.ts";

function redacted(input: Redactable<never>) {
  const result = redactSnapshot(input);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result;
}

const dashes = "-----";
const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
const password = ["Kx82", "mQ!v", "Lp01"].join("");
/** Of a width that tells nothing by itself. */
const keyLines = Array.from({ length: 9 }, (_, n) => `${n}${"q9Zr+Kd3mWxT7vBn2LpYc5Hf".repeat(3)}`.slice(0, 60));
const key = [`${dashes}BEGIN PRIVATE KEY${dashes}`, ...keyLines, `${dashes}END PRIVATE KEY${dashes}`];

function definition(text: string): Definition {
  return { symbol: "f", kind: "definition", path: "d.ts", startLine: 0, text, external: false };
}

describe("what stands around a clipped text", () => {
  it("gives the middle of a key away, of which the excerpt and a diff show a line each", () => {
    const text = `${keyLines[3]}\n`;
    const history = [{ path: "k.ts", origin: "typed" as const, diff: `@@ -1,0 +1,1 @@\n+${keyLines[5]}\n` }];
    const snapshot = snapshotOf(text, { history });
    expect(redacted({ snapshot }).changed).toBe(false);
    const result = redacted({ snapshot, surroundings: [`a\n${key.join("\n")}\nb\n`] });
    expect(result.snapshot.excerpt.text).toBe("‹private-key-1›\n");
    expect(result.snapshot.history[0]?.diff).toBe("@@ -1,0 +1,1 @@\n+‹private-key-1›\n");
    expect(result.counts).toEqual({ "private-key": 1 });
  });

  it.each([
    ["a token", `use("${token}");`, 'use("', "github-token", [6, 12, 30]],
    ["a password", `const password = "${password}";`, 'const password = "', "password", [1, 5, 11]],
    ["a password in YAML", `password: ${password}\n`, "password: ", "password", [1, 5, 11]],
  ])("gives away %s that a clip cut, however little is left of it", (_, whole, before, kind, lengths) => {
    for (const length of lengths) {
      const cut = whole.slice(0, before.length + length);
      const snapshot = snapshotOf("f();\n", { definitions: [definition(cut)] });
      const result = redacted({ snapshot, surroundings: [whole] });
      expect(result.snapshot.definitions[0]?.text).toBe(`${before}‹${kind}-1›`);
      const marked = snapshotOf("f();\n", { definitions: [definition(`${cut}…`)] });
      const other = redacted({ snapshot: marked, surroundings: [whole] });
      expect(other.snapshot.definitions[0]?.text).toBe(`${before}‹${kind}-1›…`);
    }
  });

  it("gives a half-typed token in the history away by the whole one in the document", () => {
    const diff = `@@ -1,0 +1,1 @@\n+const t = "${token.slice(0, 25)}\n`;
    const snapshot = snapshotOf("f();\n", { history: [{ path: "a.ts", origin: "typed", diff }] });
    const result = redacted({ snapshot, surroundings: [`const t = "${token}";\n`] });
    expect(result.snapshot.history[0]?.diff).toBe('@@ -1,0 +1,1 @@\n+const t = "‹github-token-1›\n');
  });

  it("takes no number, no count and no hash away by what the snapshot does not show", () => {
    const snapshot = snapshotOf("f();\n");
    const result = redacted({ snapshot, surroundings: [`f();\nuse("${token}");\nconst password = "${password}";\n`] });
    expect(result).toMatchObject({ changed: false, counts: {} });
    expect(result.snapshot).toBe(snapshot);
  });

  it("is numbered with the snapshot, before what the settlement holds", () => {
    const text = `const other = "${password}";\n`;
    const settlement = settlementOf(`const password = "${["Zr5t", "Yw9#"].join("")}";\n${text}`);
    const result = redacted({ snapshot: snapshotOf(text), settlement, surroundings: [`password = "${password}"\n`] });
    expect(result.snapshot.excerpt.text).toBe('const other = "‹password-1›";\n');
    expect(result.settlement?.text).toBe('const password = "‹password-2›";\nconst other = "‹password-1›";\n');
  });

  it("is read at the ends of its lines where they are long", () => {
    const filler = "x ".repeat(100_000);
    const snapshot = snapshotOf(`const other = "${password}";\n`);
    const seen = (margin: string) => redacted({ snapshot, surroundings: [margin] }).changed;
    expect(seen(`password = "${password}"; ${filler}\n`)).toBe(true);
    expect(seen(`${filler} password = "${password}"\n`)).toBe(true);
    expect(seen(`${filler} password = "${password}"; ${filler}\n`)).toBe(false);
  });

  it("is refused where it is more than can be read", () => {
    const surroundings = Array.from({ length: 40 }, (_, n) => `${n}\n`.repeat(20_000));
    expect(redactSnapshot({ snapshot: snapshotOf("f();\n"), surroundings })).toEqual({ ok: false, reason: "tooLong" });
  });
});

describe("redaction in slices", () => {
  const snapshot = snapshotOf(`const password = "${password}";\n`, {
    definitions: Array.from({ length: 8 }, (_, n) => definition(`f${n}("${password}")`)),
  });

  it("says what redaction in one go says, and pauses whenever a slice was long enough", async () => {
    let nowMs = 0;
    let pauses = 0;
    const result = await redactInSlices(
      { snapshot },
      {
        // Every look at the clock finds five milliseconds gone.
        monotonicMs: () => {
          nowMs += 5;
          return nowMs;
        },
        pause: () => {
          pauses++;
          return Promise.resolve();
        },
      },
    );
    expect(result).toEqual(redactSnapshot({ snapshot }));
    expect(pauses).toBeGreaterThan(8);
  });

  it("does not pause where all is done at once", async () => {
    const pause = () => Promise.reject(new Error("paused"));
    await expect(redactInSlices({ snapshot }, { monotonicMs: () => 0, pause })).resolves.toMatchObject({ ok: true });
  });
});
