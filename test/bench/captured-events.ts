/** Valid `snapshot.settled` events of about 3 KB of JSON, as a contributor's editor sends them: the same every time. */
import { hashOf, seededShare } from "../../shared/ids.ts";
import type { Event } from "../../shared/records/event.ts";
import { unifiedDiff } from "../../shared/text/unified-diff.ts";

const LINES = 30;
const REGION = { firstLine: 10, lines: 12 };
const NAMES = ["order", "customer", "total", "invoice", "items", "price", "index", "result", "session", "request"];
const VERBS = ["load", "store", "check", "render", "merge", "filter", "count", "parse", "send", "close"];
const AT = "2026-01-01T09:00:00.000Z";

/** RFC 9562, version 7: from a number alone, in its order. */
export function eventId(n: number): string {
  const time = (0x0190_0000_0000 + n).toString(16).padStart(12, "0");
  const random = hashOf({ event: n });
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

export function capturedEvent(n: number): Event {
  let drawn = 0;
  const pick = (from: readonly string[]) =>
    from[Math.floor(seededShare(n, String(drawn++)) * from.length)] ?? "nothing";
  const line = () => `  const ${pick(NAMES)} = await ${pick(VERBS)}(${pick(NAMES)}, ${pick(NAMES)});\n`;
  const lines = Array.from({ length: LINES }, line);
  const regionEnd = REGION.firstLine + REGION.lines;
  const start = lines.slice(0, REGION.firstLine).join("").length;
  const end = lines.slice(0, regionEnd).join("").length;
  const text = lines.join("");
  const settled = [...lines.slice(REGION.firstLine, regionEnd - 2), line(), line()].join("");
  const path = `src/${pick(VERBS)}/${pick(NAMES)}.ts`;
  const earlier = [...lines.slice(0, REGION.firstLine), line(), ...lines.slice(REGION.firstLine + 1)].join("");
  return {
    id: eventId(n),
    schema: 1,
    type: "snapshot.settled",
    at: AT,
    sessionId: "session-1",
    sequence: n,
    consentVersion: 1,
    snapshot: {
      document: { path, languageId: "typescript", eol: "lf", lineCount: LINES, sha256: hashOf({ document: n }) },
      excerpt: { startLine: 0, text },
      cursor: start,
      editable: { start, end },
      history: [{ path, diff: unifiedDiff(earlier, text, { path }), startedAt: AT, endedAt: AT, origin: "typed" }],
      diagnostics: [
        {
          severity: 1,
          message: `Cannot find name '${pick(NAMES)}'.`,
          source: "ts",
          code: 2304,
          startLine: 11,
          endLine: 11,
          snippet: line(),
        },
      ],
      definitions: [],
      repo: { remote: "https://example.com/team/shop.git", revision: hashOf({ revision: 1 }).slice(0, 40) },
      trigger: "typing",
      capturedAt: AT,
      editorVersion: "1.100.0",
      extensionVersion: "0.1.0",
    },
    settlement: {
      text: settled,
      cursor: null,
      settledAt: AT,
      waitedMs: 12_000,
      quietMs: 10_000,
      edits: 2,
      futureHistory: [],
      diagnosticsAfter: [],
      unchanged: false,
      provenance: "human",
    },
  };
}
