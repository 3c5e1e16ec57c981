/** Records as a person's editing could have made them, for what shows them. */
import type { Event } from "../../../shared/records/event.ts";
import { snapshotSettled } from "../../../shared/records/event.ts";
import type { Settlement } from "../../../shared/records/settlement.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";

const excerptText = `import { rate } from "./rates.ts";

/** Net of tax. */
export function price(amount: number, country: string): number {
  const percent = rate(country);
  return amount
}

export const owner = "‹email-1›";
`;

const regionStart = excerptText.indexOf("export function");
const regionEnd = excerptText.indexOf("}\n", regionStart) + 2;

export const sampleSnapshot: Snapshot = {
  document: { path: "src/price.ts", languageId: "typescript", eol: "lf", lineCount: 9 },
  excerpt: { startLine: 0, text: excerptText },
  cursor: excerptText.indexOf("return amount") + "return amount".length,
  editable: { start: regionStart, end: regionEnd },
  history: [
    {
      path: "src/rates.ts",
      diff: '--- a/src/rates.ts\n+++ b/src/rates.ts\n@@ -1,3 +1,3 @@\n const rates = new Map([\n-  ["nl", 19],\n+  ["nl", 21],\n ]);\n',
      startedAt: "2026-01-05T10:00:00.000Z",
      endedAt: "2026-01-05T10:00:02.000Z",
      origin: "typed",
    },
    { path: "package-lock.json", origin: "bulk" },
  ],
  diagnostics: [
    {
      severity: 2,
      message: "'percent' is declared but its value is never read.",
      source: "ts",
      code: 6133,
      startLine: 4,
      endLine: 4,
      snippet: "percent",
    },
  ],
  definitions: [
    {
      symbol: "rate",
      kind: "definition",
      path: "src/rates.ts",
      startLine: 5,
      text: "export function rate(country: string): number {\n  return rates.get(country) ?? 0;\n}\n",
      external: false,
    },
  ],
  repo: { remote: "https://git.example.com/shop/web", revision: "0123abcd", licence: "MIT" },
  trigger: "typing",
  capturedAt: "2026-01-05T10:00:05.000Z",
  editorVersion: "1.91.0",
  extensionVersion: "0.1.0",
};

const settlement: Settlement = {
  text: regionBefore(sampleSnapshot).replace("return amount", "return amount * (1 + percent / 100);"),
  cursor: null,
  settledAt: "2026-01-05T10:00:21.000Z",
  waitedMs: 16_000,
  quietMs: 10_000,
  edits: 1,
  futureHistory: [],
  diagnosticsAfter: [],
  unchanged: false,
  provenance: "human",
};

const envelope = {
  id: "019b8d1a-7c00-7000-8000-000000000001",
  schema: 1,
  at: "2026-01-05T10:00:21.000Z",
  sessionId: "session-1",
  sequence: 4,
  consentVersion: 1,
} as const;

export const sampleSettled: Event = { ...envelope, type: "snapshot.settled", snapshot: sampleSnapshot, settlement };
snapshotSettled.parse(sampleSettled);

export const sampleConsent: Event = {
  ...envelope,
  type: "consent.changed",
  switch: "snapshots",
  to: true,
  textVersion: 1,
};
