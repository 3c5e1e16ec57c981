/** Snapshots, refusals and receipts as documents that a person reads. */
import { describe, expect, it } from "vitest";
import { code, fence, table } from "../../../extension/editor/markdown.ts";
import { pendingFiles } from "../../../extension/editor/pending-list.ts";
import { receiptMarkdown } from "../../../extension/editor/receipt-text.ts";
import { sizeText } from "../../../extension/editor/sizes.ts";
import { eventMarkdown, snapshotMarkdown } from "../../../extension/editor/snapshot-markdown.ts";
import { whyMarkdown } from "../../../extension/editor/why-text.ts";
import type { GateRule } from "../../../extension/gate/refusal.ts";
import { gateRules } from "../../../extension/gate/refusal.ts";
import { inEnglish } from "../../../extension/translate.ts";
import type { Receipt, SignedReceipt } from "../../../shared/wire/deletion.ts";
import { sampleConsent, sampleSettled, sampleSnapshot } from "./samples.ts";

describe("code in Markdown", () => {
  it("cannot end its own fence", () => {
    expect(fence("a\n```\nb\n````\n", "ts")).toBe("`````ts\na\n```\nb\n````\n`````");
  });
  it("cannot end its own span, or a table's cell", () => {
    expect(code("a `b` c")).toBe("``a `b` c``");
    expect(code("`a`")).toBe("`` `a` ``");
    expect(code("a\nb")).toBe("`a b`");
    expect(table(["h"], [["a|b"]])).toBe("| h |\n| --- |\n| a\\|b |");
  });
});

describe("a settled snapshot as a document", () => {
  const text = eventMarkdown(sampleSettled, inEnglish);

  it("shows the excerpt with its region and cursor marked", () => {
    expect(text).toContain("⟦export function price");
    expect(text).toContain("return amount▮\n}\n⟧");
  });
  it("shows what was written next as a diff", () => {
    expect(text).toContain("-  return amount\n+  return amount * (1 + percent / 100);");
  });
  it("shows what was written next right behind the text that it was written in", () => {
    const headings = text.match(/^## .*$/gmu);
    expect(headings?.slice(0, 3)).toEqual([
      "## The text around the cursor",
      "## What you wrote next",
      "## The edits before, newest last",
    ]);
    // And of that, what was written before what is known of it.
    expect(text.indexOf("+  return amount * (1")).toBeLessThan(text.indexOf("| Settled at |"));
  });
  it("names why and by whom in words", () => {
    expect(text).toContain("| Occasion | An edit |");
    expect(text).toContain("| Made by | A person |");
    expect(text).toContain(", typed:");
    const asked = snapshotMarkdown({ ...sampleSnapshot, trigger: "explicit" }, inEnglish);
    expect(asked).toContain("| Occasion | You asked for it |");
  });
  it("shows history, problems and definitions", () => {
    expect(text).toContain('+  ["nl", 21],');
    expect(text).toContain("'percent' is declared but its value is never read.");
    expect(text).toContain("return rates.get(country) ?? 0;");
  });
  it("holds all that is sent, to the last field", () => {
    expect(text).toContain(JSON.stringify(sampleSettled, null, 2));
  });
  it("shows events without code, too", () => {
    expect(eventMarkdown(sampleConsent, inEnglish)).toContain("# Consent given: Snapshots");
  });
  it("shows one that has not settled", () => {
    expect(snapshotMarkdown(sampleSnapshot, inEnglish)).toContain("# Snapshot of `src/price.ts`");
  });
});

describe("the list of what waits", () => {
  const event = (id: string, at: string, path?: string, folder = "file:///web") => ({
    id,
    type: "snapshot.settled",
    at,
    bytes: 1_000,
    ...(path === undefined ? {} : { path, folder }),
  });
  it("is by file, newest first in both, and keeps folders apart", () => {
    const list = pendingFiles([
      event("1", "2026-01-05T10:00:00.000Z", "a.ts"),
      event("2", "2026-01-05T10:00:01.000Z", "b.ts"),
      event("3", "2026-01-05T10:00:02.000Z", "a.ts"),
      event("4", "2026-01-05T10:00:03.000Z"),
      event("5", "2026-01-05T09:00:00.000Z", "a.ts", "file:///api"),
    ]);
    expect(list.map(({ folder, path, bytes, events }) => [folder, path, bytes, events.map(({ id }) => id)])).toEqual([
      [undefined, undefined, 1_000, ["4"]],
      ["file:///web", "a.ts", 2_000, ["3", "1"]],
      ["file:///web", "b.ts", 1_000, ["2"]],
      ["file:///api", "a.ts", 1_000, ["5"]],
    ]);
  });
  it("gives sizes as a person reads them", () => {
    expect([812, 3_400, 52_428_800].map(sizeText)).toEqual(["812 B", "3.4 KB", "52 MB"]);
  });
});

describe("why something was not captured", () => {
  const none = Object.fromEntries(gateRules.map((rule) => [rule, 0])) as Record<GateRule, number>;
  const sentence = "The file matches “*_gen_*” in the setting files.exclude.";
  it("names the rule for the file in front, and counts the others", () => {
    const text = whyMarkdown(
      {
        file: { path: "a_gen_b.ts", verdict: { ok: false, rule: "path", reason: "path.filesExclude", sentence } },
        counts: { ...none, path: 3, secrets: 1 },
        files: [{ path: ".env", rule: "path", sentence: "Secret.", time: "10:00" }],
        settled: 7,
        gaveUp: new Map([["closed", 2]]),
      },
      inEnglish,
    );
    expect(text).toContain(
      "**Excluded by its path.** The file matches “\\*\\_gen\\_\\*” in the setting files.exclude.",
    );
    expect(text).toContain("| Excluded by its path | 3 |");
    expect(text).toContain("| A secret was left after redaction | 1 |");
    expect(text).toContain("| The file was closed | 2 |");
    expect(text).toContain("| `.env` | Secret. | 10:00 |");
    expect(text).toContain("Captured and kept: 7.");
  });
  it("says so where nothing is open and nothing was refused", () => {
    const text = whyMarkdown({ file: undefined, counts: none, files: [], settled: 0, gaveUp: new Map() }, inEnglish);
    expect(text).toContain("No file is open.");
    expect(text).toContain("Nothing was kept out.");
  });
});

describe("a receipt", () => {
  const receipt: Receipt = {
    schema: 1,
    id: "0".repeat(32),
    contributor: "contributor-1",
    by: "contributor",
    requestedAt: "2026-01-05T10:00:00.000Z",
    completedAt: "2026-01-05T10:00:01.000Z",
    refusesBefore: "2026-01-05T10:00:00.000Z",
    deleted: { "events.snapshot.settled": 12 },
    datasets: [{ dataset: "demo", version: "v1", rows: 3 }],
    backups: [],
    notes: ["What was already trained cannot be untrained."],
  };
  const signed: SignedReceipt = {
    receipt,
    signature: { algorithm: "Ed25519", publicKey: "A".repeat(43), value: "A".repeat(86) },
  };
  it("says what was deleted, and what could not be", () => {
    const text = receiptMarkdown(signed, { ok: true }, inEnglish);
    expect(text).toContain("| Settled snapshot | 12 |");
    expect(text).toContain("| `demo` | `v1` | 3 |");
    expect(text).toContain("- What was already trained cannot be untrained.");
    expect(text).not.toContain("events.");
    const refused = { ok: false, sentence: "The receipt is not what the server signed." } as const;
    expect(receiptMarkdown(signed, refused, inEnglish)).toContain(
      "**It could not be verified.** The receipt is not what the server signed.",
    );
  });
  it("counts in words what servers of this version name, and by its own name what a newer one does", () => {
    const kinds = ["others.rating.given", "cache.answers", "tokens.revoked", "moons.kept", "events.moon.seen"];
    const deleted = Object.fromEntries(kinds.map((kind) => [kind, 2]));
    const text = receiptMarkdown({ ...signed, receipt: { ...receipt, deleted } }, { ok: true }, inEnglish);
    expect(text).toContain("| A rating, by others about yours | 2 |");
    expect(text).toContain("| Kept answers of models | 2 |");
    expect(text).toContain("| Tokens, revoked | 2 |");
    expect(text).toContain("| `moons.kept` | 2 |");
    expect(text).toContain("| `moon.seen` | 2 |");
  });
});
