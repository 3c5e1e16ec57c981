/**
 * Private keys in text: PEM (RFC 7468), OpenSSH, PGP, PuTTY; over several lines, in one line with `\n` escapes, in
 * string concatenations; whole, or cut by a clip so that only the beginning, the end or the middle is there. The
 * lines of the key's body are the secret; the frame (`-----BEGIN … PRIVATE KEY-----`) stays, since it says nothing.
 */
import { lineAt, lineStarts } from "../text/lines.ts";
import type { Finding, Part } from "./finding.ts";
import { keyLineLead } from "./finding.ts";

const FRAME = /-----(BEGIN|END) ([A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----/gu;

/** A frame around something that may be read by anyone: its body is left alone. */
const PUBLIC_FRAME = /-----BEGIN [A-Z0-9 ]{0,40}(?:CERTIFICATE|PUBLIC KEY|PGP MESSAGE|SIGNATURE)/u;

/** A body shorter than this, in all its lines, is code about keys, not a key. An Ed25519 key has 64. */
const minBodyChars = 24;
/** Lines shorter than this (a body's last) are replaced only where they stand alone. */
const minAnywhereChars = 20;
/** How many lines of body are read from one end of a frame. A 16,384-bit RSA key has about 200. */
const maxBodyLines = 400;
/** So many lines of one key's width in a row, with no frame in sight, are the middle of a key. */
const minFramelessLines = 3;
const WIDE = /^[ \t]{0,80}["'`]?[A-Za-z0-9+/]{64}/mu;
const FRAMELESS_WIDTHS = new Set([64, 70]);

const BASE64 = /^[A-Za-z0-9+/]{1,16384}={0,2}/u;

export function findPrivateKeys(text: string): Finding[] {
  const hasFrame = text.includes("PRIVATE KEY");
  if (!hasFrame && !WIDE.test(text)) return [];
  const found: Finding[] = [];
  const frames = hasFrame ? [...text.matchAll(FRAME)] : [];
  const lines = linesOf(text);
  const taken = new Set<number>();
  for (const frame of frames) {
    const frameEnd = frame.index + frame[0].length;
    const line = lines.at(frame.index);
    const onTheLine =
      frame[1] === "BEGIN"
        ? inlineBody(text, frameEnd, lines.endOf(line))
        : taken.has(line)
          ? undefined
          : inlineBody(text, lines.startOf(line), frame.index);
    const parts = onTheLine ? [onTheLine] : bodyFrom(text, lines, line, frame[1] === "BEGIN" ? 1 : -1, taken);
    if (onTheLine) taken.add(line);
    if (parts.reduce((sum, part) => sum + part.end - part.start, 0) >= minBodyChars) {
      found.push({ kind: "private-key", parts });
    }
  }
  found.push(...framelessKeys(text, lines, taken));
  return found;
}

/** A body in one line with its frame: base64 with escaped line ends between. */
function inlineBody(text: string, from: number, to: number): Part | undefined {
  const line = text.slice(from, to);
  const stop = line.indexOf("-----");
  const body = stop < 0 ? line : line.slice(0, stop);
  const first = /[A-Za-z0-9+/]{16}/u.exec(body)?.index;
  if (first === undefined) return undefined;
  const key = /^(?:[A-Za-z0-9+/=]|\\{1,2}[nr])*/u.exec(body.slice(first))?.[0] ?? "";
  // An escaped line end before the first character of base64 is no part of it: `\nMII…`.
  const lead = /^[nr](?=.)/u.test(key) && body[first - 1] === "\\" ? 1 : 0;
  return { start: from + first + lead, end: from + first + lengthWithoutLineEnds(key), reach: "anywhere" };
}

/** Without the escaped line ends at its end. A loop, since no pattern finds the end of a text without trying each place. */
function lengthWithoutLineEnds(key: string): number {
  let end = key.length;
  while ((key[end - 1] === "n" || key[end - 1] === "r") && key[end - 2] === "\\") end -= key[end - 3] === "\\" ? 3 : 2;
  return end;
}

/** The lines of base64 that follow the frame's line (`step` 1), or come before it (-1), up to the first other one. */
function bodyFrom(text: string, lines: Lines, frameLine: number, step: 1 | -1, taken: Set<number>): Part[] {
  const parts: Part[] = [];
  for (let i = 1; i <= maxBodyLines; i++) {
    const number = frameLine + step * i;
    if (number < 0 || number >= lines.count || taken.has(number)) break;
    const start = lines.startOf(number);
    const line = text.slice(start, lines.endOf(number));
    const body = bodyOf(line);
    if (body) {
      taken.add(number);
      const reach = body.end - body.start >= minAnywhereChars ? "anywhere" : "line";
      parts.push({ start: start + body.start, end: start + body.end, reach });
    } else if (!isHeaderOrBlank(line)) break;
  }
  return step === 1 ? parts : parts.reverse();
}

/** The base64 of a line that holds nothing else but quotes, an escaped line end and what joins strings. */
function bodyOf(line: string): { start: number; end: number } | undefined {
  const lead = keyLineLead(line);
  const base64 = BASE64.exec(line.slice(lead));
  if (!base64) return undefined;
  const end = lead + base64[0].length;
  return /^(?:\\[rn])*["'`]?[ \t]*[+,;).\\]?$/u.test(line.slice(end).trimEnd()) ? { start: lead, end } : undefined;
}

/** `Proc-Type: 4,ENCRYPTED`, `Version: …`, and the empty line behind them. */
function isHeaderOrBlank(line: string): boolean {
  const lead = /^[ \t"'`]*/u.exec(line)?.[0].length ?? 0;
  return /^(?:[A-Z][A-Za-z-]{2,24}: .{0,200})?(?:\\[rn])*[ \t"'`+,\\]*$/u.test(line.slice(lead));
}

/** The middle of a key whose frame was clipped away, by the width that key files are written in. */
function framelessKeys(text: string, lines: Lines, taken: ReadonlySet<number>): Finding[] {
  const found: Finding[] = [];
  if (!WIDE.test(text) || PUBLIC_FRAME.test(text)) return found;
  let run: Part[] = [];
  let width = 0;
  const close = () => {
    if (run.length >= minFramelessLines) found.push({ kind: "private-key", parts: run });
    run = [];
  };
  for (let number = 0; number < lines.count; number++) {
    const start = lines.startOf(number);
    const body = taken.has(number) ? undefined : bodyOf(text.slice(start, lines.endOf(number)));
    const length = body ? body.end - body.start : 0;
    if (body && FRAMELESS_WIDTHS.has(length) && (run.length === 0 || length === width) && isMixed(text, start, body)) {
      width = length;
      run.push({ start: start + body.start, end: start + body.end, reach: "anywhere" });
    } else close();
  }
  close();
  return found;
}

function isMixed(text: string, start: number, body: { start: number; end: number }): boolean {
  const value = text.slice(start + body.start, start + body.end);
  return /[a-z]/u.test(value) && /[A-Z]/u.test(value) && /\d/u.test(value) && new Set(value).size >= 20;
}

/** Line starts, and where each line ends before its line end. */
interface Lines {
  readonly count: number;
  startOf(line: number): number;
  endOf(line: number): number;
  at(offset: number): number;
}

function linesOf(text: string): Lines {
  const starts = lineStarts(text);
  return {
    count: starts.length,
    startOf: (line) => starts[line] ?? text.length,
    endOf: (line) => (starts[line + 1] ?? text.length + 1) - 1,
    at: (offset) => lineAt(starts, offset),
  };
}
