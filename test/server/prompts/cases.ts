/** Snapshots to render, small enough to read, and texts to answer with. */
import fc from "fast-check";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";

export function snapshotOf(parts: {
  region: string;
  above?: string;
  below?: string;
  cursor?: number;
  more?: Partial<Snapshot>;
}): Snapshot {
  const { region, above = "", below = "", cursor = 0, more = {} } = parts;
  const text = above + region + below;
  return {
    document: { path: "src/a.ts", languageId: "typescript", eol: "lf", lineCount: text.split("\n").length },
    excerpt: { startLine: 0, text },
    cursor: above.length + cursor,
    editable: { start: above.length, end: above.length + region.length },
    history: [],
    diagnostics: [],
    definitions: [],
    trigger: "typing",
    capturedAt: "2026-01-02T03:04:05.678Z",
    ...more,
  };
}

/** A field was added to a class; its use in a method is half typed. Shows every part of a prompt. */
export function fieldSnapshot(): Snapshot {
  const above = 'import { Clock } from "./clock.ts";\n\n';
  const region = `export class Timer {
  readonly #clock: Clock;
  readonly #limitMs: number;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#li
  }
}
`;
  const below = "\nexport const defaultLimitMs = 5_000;\n";
  const path = "src/timer.ts";
  const field = region.replace("  readonly #limitMs: number;\n", "");
  return snapshotOf({
    above,
    region,
    below,
    cursor: region.indexOf("this.#li") + "this.#li".length,
    more: {
      document: { path, languageId: "typescript", eol: "lf", lineCount: 13 },
      history: [
        {
          path: "src/clock.ts",
          origin: "prediction",
          diff: unifiedDiff("export class Clock {\n}\n", "export class Clock {\n  now(): number;\n}\n", {
            path: "src/clock.ts",
          }),
        },
        { path: "package-lock.json", origin: "bulk" },
        { path, origin: "typed", diff: unifiedDiff(above + field + below, above + region + below, { path }) },
      ],
      definitions: [
        {
          symbol: "Clock",
          kind: "definition",
          path: "src/clock.ts",
          startLine: 0,
          text: "export class Clock {\n  now(): number;\n}\n",
          external: false,
        },
      ],
      diagnostics: [
        {
          severity: 1,
          message: "Property '#li' does not exist on type 'Timer'.\nDid you mean '#limitMs'?",
          source: "ts",
          code: 2551,
          startLine: 8,
          endLine: 8,
          snippet: "    this.#li",
        },
      ],
    },
  });
}

/** Any text, and often one that a parser could trip over. */
const anyText = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("\n", "\n\n", "  \n", "a\n", "b\n", "foo(bar);\n", "  x = 1;\n") },
      fc.constantFrom(
        "```",
        "````\n",
        "```ts\n",
        "~~~",
        "\\",
        "=======\n",
        "NO_EDITS",
        "\nNO_EDITS\n",
        "𝕏😀",
        "-- a\n",
      ),
      fc.constantFrom(
        "+b\n",
        "@@ -1 +1 @@\n",
        "--- a/x\n",
        "\\ No newline at end of file\n",
        "<",
        "|>",
        ">>>>>>> UPDATED",
      ),
      fc.constantFrom("<|cursor|>", "<|region_end|>", "<|no_edit|>", "<|region_start|>\n", "<|no_newline_at_end|>"),
      fc.constantFrom("<|editable_region_end|>", "<|file_sep|>", "<|endoftext|>", "<\\|cursor|>", "<|user_cursor|>"),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join("").replaceAll("\r", ""));

/** A region, the text that it should become, and a cursor in that. */
export const anyCase = fc
  .record({
    before: anyText,
    after: fc.oneof(anyText, fc.constant(undefined)),
    dropped: fc.nat(3),
    cursor: fc.option(fc.nat(), { nil: undefined }),
    below: fc.constantFrom("", "below\n", "below"),
  })
  .map(({ before, after, dropped, cursor, below }) => {
    // The near misses matter most: the region without its first lines, or without its last line end.
    const near = before.split("\n").slice(dropped).join("\n");
    const text = after ?? near;
    return {
      snapshot: snapshotOf({ above: "above\n", region: before, below }),
      before,
      text,
      ...(cursor === undefined ? {} : { cursor: cursor % (text.length + 1) }),
    };
  });
