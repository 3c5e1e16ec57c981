/**
 * Every marker and sentinel that any prompt or student format uses, in one list, and what is done about a text that
 * already holds one.
 *
 * A prompt is never corrupted by such a text: on the way in, a backslash is put behind the marker's first character
 * (`<|cursor|>` becomes `<\|cursor|>`, and what is escaped already gets one more), on the way out it is taken away.
 * That is a bijection between all texts and the texts without a marker, so a file about markers (this one) can be
 * predicted like any other. A marker that a model leaves in its answer unescaped is an error, not a target.
 */

/** The teacher's own, and those of the `diff` and every other format where no published one exists. */
export const REGION_START = "<|region_start|>";
export const REGION_END = "<|region_end|>";
/** The cursor; of `blocks` too, as Sweep's next-edit models read it. */
export const CURSOR = "<|cursor|>";
/** Sentinel: no edit is right. */
export const NO_EDIT = "<|no_edit|>";
/** Sentinel of a repair: the first answer stands. */
export const KEEP = "<|keep|>";
/** Ends a region's last line where the region as it was ended with a line end and the new one does not. */
export const NO_NEWLINE_AT_END = "<|no_newline_at_end|>";

/** Zeta, as its published dataset and model have it (zed-industries/zeta, Apache-2.0). */
export const ZETA1_START_OF_FILE = "<|start_of_file|>";
export const ZETA1_REGION_START = "<|editable_region_start|>";
export const ZETA1_REGION_END = "<|editable_region_end|>";
export const ZETA1_CURSOR = "<|user_cursor_is_here|>";

/** Zeta 2, as its model card has it: Seed-Coder's fill-in-the-middle tokens around merge markers. */
export const ZETA2_SUFFIX = "<[fim-suffix]>";
export const ZETA2_PREFIX = "<[fim-prefix]>";
export const ZETA2_MIDDLE = "<[fim-middle]>";
export const ZETA2_FILE = "<filename>";
export const ZETA2_CURSOR = "<|user_cursor|>";
export const ZETA2_CURRENT = "<<<<<<< CURRENT";
/** Ordinary under a heading or in a table, and never in a completion; so it is neither escaped nor looked for. */
export const ZETA2_SEPARATOR = "=======";
export const ZETA2_UPDATED = ">>>>>>> UPDATED";
/** Sentinel, as a line of its own. */
export const ZETA2_NO_EDITS = "NO_EDITS";

/** Sweep's next-edit format, built on the file separator that Qwen2.5-Coder was pretrained with. */
export const BLOCKS_FILE = "<|file_sep|>";
export const END_OF_TEXT = "<|endoftext|>";

/** What tokenizers of common students read as one special token wherever it stands. */
const TOKENIZER_TOKENS: readonly string[] = [
  END_OF_TEXT,
  BLOCKS_FILE,
  "<|repo_name|>",
  "<|fim_prefix|>",
  "<|fim_middle|>",
  "<|fim_suffix|>",
  "<|fim_pad|>",
  "<|im_start|>",
  "<|im_end|>",
  "<|begin_of_text|>",
  "<|end_of_text|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eot_id|>",
  "<[begin▁of▁sentence]>",
  "<[end▁of▁sentence]>",
];

/** Unmistakable: no ordinary text holds them, so they are escaped and looked for everywhere. */
const MARKERS: readonly string[] = [
  REGION_START,
  REGION_END,
  CURSOR,
  NO_EDIT,
  KEEP,
  NO_NEWLINE_AT_END,
  ZETA1_START_OF_FILE,
  ZETA1_REGION_START,
  ZETA1_REGION_END,
  ZETA1_CURSOR,
  ZETA2_SUFFIX,
  ZETA2_PREFIX,
  ZETA2_MIDDLE,
  ZETA2_CURSOR,
  ZETA2_CURRENT,
  ZETA2_UPDATED,
  ...TOKENIZER_TOKENS,
];

/** Unmistakable only as a whole line. */
const LINE_MARKERS: readonly string[] = [ZETA2_NO_EDITS];

/** Ordinary in a usage line, a special token to Seed-Coder: escaped everywhere, but no fault in a target. */
const ORDINARY_MARKERS: readonly string[] = [ZETA2_FILE];

/** A literal as a regular expression. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}

/** Alternatives that match each marker, with `between` behind its first character, wrapped by `form`. */
function alternatives(markers: readonly string[], form: (first: string, rest: string) => string): string[] {
  return markers.map((marker) => form(literal(marker.slice(0, 1)), literal(marker.slice(1))));
}

const ESCAPED_MARKERS = [...MARKERS, ...ORDINARY_MARKERS];

const RAW = new RegExp(
  [
    ...alternatives(MARKERS, (first, rest) => `${first}${rest}`),
    ...alternatives(LINE_MARKERS, (first, rest) => `^${first}${rest}$`),
  ].join("|"),
  "mu",
);

/** Cheap and a little too wide: whether `escapeMarkers` could have anything to do. */
const PERHAPS = /<\\*[|[f<]|>\\*>>>>>> U|^N\\*O_EDITS$/mu;

/** The empty places behind a marker's first character where a backslash goes; markers that overlap are all found. */
const TO_ESCAPE = new RegExp(
  [
    ...alternatives(ESCAPED_MARKERS, (first, rest) => `(?<=${first})(?=\\\\*${rest})`),
    ...alternatives(LINE_MARKERS, (first, rest) => `(?<=^${first})(?=\\\\*${rest}$)`),
  ].join("|"),
  "gmu",
);

/** The backslashes that escaping has put in. */
const TO_UNESCAPE = new RegExp(
  [
    ...alternatives(ESCAPED_MARKERS, (first, rest) => `(?<=${first})\\\\(?=\\\\*${rest})`),
    ...alternatives(LINE_MARKERS, (first, rest) => `(?<=^${first})\\\\(?=\\\\*${rest}$)`),
  ].join("|"),
  "gmu",
);

/** The first marker or sentinel left in `text`, or undefined. What a target must not hold. */
export function findMarker(text: string): string | undefined {
  return PERHAPS.test(text) ? RAW.exec(text)?.[0] : undefined;
}

/** `text` with every marker in it escaped. */
export function escapeMarkers(text: string): string {
  return PERHAPS.test(text) ? text.replace(TO_ESCAPE, "\\") : text;
}

/** A text and an offset in it. */
export interface TextAt {
  readonly text: string;
  readonly offset: number;
}

/** Like `escapeMarkers`, with the place that `offset` moves to. */
export function escapeMarkersAt({ text, offset }: TextAt): TextAt {
  if (!PERHAPS.test(text)) return { text, offset };
  let before = 0;
  const escaped = text.replace(TO_ESCAPE, (_empty, at: number) => {
    if (at < offset) before++;
    return "\\";
  });
  return { text: escaped, offset: offset + before };
}

/** Takes away what `escapeMarkersAt` put in. */
export function unescapeMarkersAt({ text, offset }: TextAt): TextAt {
  if (!PERHAPS.test(text)) return { text, offset };
  let before = 0;
  const plain = text.replace(TO_UNESCAPE, (_backslash, at: number) => {
    if (at < offset) before++;
    return "";
  });
  return { text: plain, offset: offset - before };
}
