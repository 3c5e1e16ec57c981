/**
 * What differs between two files of examples: lines added, removed and changed, and which fields. Both are read side by
 * side once; kept are examples whose counterpart has not come yet, as hashes, so that two files in the same order
 * need the room of one example, and two that share none about half a kilobyte for each.
 */
import { sha256Hex } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import type { Page } from "./terminal.ts";
import { byCount, formatCount, plural, wrap } from "./terminal.ts";

/** Fields that are compared member by member; the others as wholes. */
const opened = new Set(["snapshot", "settlement", "source"]);

export interface ChangedExample {
  readonly id: string;
  /** Such as `snapshot.history` or `scores`. */
  readonly fields: readonly string[];
}

export interface Comparison {
  /** Examples of either file. */
  readonly first: number;
  readonly second: number;
  readonly same: number;
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  /** Examples that stand elsewhere among those that both files have. */
  readonly moved: number;
  /** How many examples differ in each field. */
  readonly fields: Readonly<Record<string, number>>;
  /** The first of each, at most as many as were asked for. */
  readonly changedExamples: readonly ChangedExample[];
  readonly addedIds: readonly string[];
  readonly removedIds: readonly string[];
}

/** Bytes of a value's hash that are kept: among a million changed fields, none passes for unchanged. */
const hashBytes = 6;

/** @param listed how many examples of each sort are named */
export async function compareExamples(
  first: AsyncIterable<Example>,
  second: AsyncIterable<Example>,
  listed: number,
): Promise<Comparison> {
  const waiting = { first: new Map<string, Waiting>(), second: new Map<string, Waiting>() };
  const counts = { first: 0, second: 0, same: 0, changed: 0, moved: 0 };
  const digests = digester();
  const fields = new Map<string, number>();
  const changedExamples: ChangedExample[] = [];
  let newestPartner = -1;

  const pair = (id: string, before: Waiting, after: Waiting): void => {
    // Removed and added lines shift what follows; only a pair that comes before an earlier pair's line has moved.
    if (before.index < newestPartner) counts.moved++;
    else newestPartner = before.index;
    const differing = digests.differing(before.digest, after.digest);
    if (differing.length === 0) counts.same++;
    else {
      counts.changed++;
      for (const field of differing) fields.set(field, (fields.get(field) ?? 0) + 1);
      if (changedExamples.length < listed) changedExamples.push({ id, fields: differing });
    }
  };
  const take = (side: "first" | "second", example: Example): void => {
    const other = side === "first" ? waiting.second : waiting.first;
    const here: Waiting = { index: counts[side]++, digest: digests.of(example) };
    const partner = other.get(example.id);
    if (!partner) waiting[side].set(example.id, here);
    else {
      other.delete(example.id);
      if (side === "first") pair(example.id, here, partner);
      else pair(example.id, partner, here);
    }
  };

  for await (const [one, two] of sideBySide(first, second)) {
    if (one) take("first", one);
    if (two) take("second", two);
  }
  return {
    ...counts,
    added: waiting.second.size,
    removed: waiting.first.size,
    fields: Object.fromEntries(byCount(Object.fromEntries(fields))),
    changedExamples,
    addedIds: [...waiting.second.keys()].slice(0, listed),
    removedIds: [...waiting.first.keys()].slice(0, listed),
  };
}

interface Waiting {
  readonly index: number;
  readonly digest: string;
}

async function* sideBySide(
  first: AsyncIterable<Example>,
  second: AsyncIterable<Example>,
): AsyncGenerator<[Example | undefined, Example | undefined]> {
  const one = first[Symbol.asyncIterator]();
  const two = second[Symbol.asyncIterator]();
  try {
    for (;;) {
      const a = await one.next();
      const b = await two.next();
      if (a.done && b.done) return;
      yield [a.done ? undefined : a.value, b.done ? undefined : b.value];
    }
  } finally {
    await one.return?.();
    await two.return?.();
  }
}

/** Examples as strings of a byte a character: for each field its number, and the beginning of its value's hash. */
function digester() {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const number = numbers.get(name) ?? names.push(name) - 1;
    numbers.set(name, number);
    return number;
  };
  const entry = (name: string, value: unknown) => String.fromCharCode(numberOf(name)) + shortHash(value);
  const entriesOf = (digest: string): Map<string, string> => {
    const entries = new Map<string, string>();
    for (let at = 0; at < digest.length; at += 1 + hashBytes) {
      entries.set(names[digest.charCodeAt(at)] ?? "", digest.slice(at + 1, at + 1 + hashBytes));
    }
    return entries;
  };
  return {
    of(example: Example): string {
      const entries: string[] = [];
      for (const [field, value] of Object.entries(example)) {
        if (value === undefined) continue;
        if (!opened.has(field)) entries.push(entry(field, value));
        else for (const [member, inner] of Object.entries(value)) entries.push(entry(`${field}.${member}`, inner));
      }
      return entries.join("");
    },
    /** The fields that one has and the other has not, or has with another value. */
    differing(before: string, after: string): string[] {
      if (before === after) return [];
      const [old, fresh] = [entriesOf(before), entriesOf(after)];
      return [...new Set([...old.keys(), ...fresh.keys()])].filter((name) => old.get(name) !== fresh.get(name)).sort();
    },
  };
}

/** Members come in the schema's order, since both were read by it; those of open records in their own. */
function shortHash(value: unknown): string {
  return Buffer.from(sha256Hex(JSON.stringify(value) ?? "").slice(0, 2 * hashBytes), "hex").toString("latin1");
}

const nameWidth = 26;
const shortId = 12;

export function renderComparison(comparison: Comparison, { columns, style }: Page): string {
  const { first, second, same, changed, added, removed, moved, fields } = comparison;
  const lines = [
    `${plural(first, "example")} in the first file, ${formatCount(second)} in the second`,
    `${formatCount(same)} the same, ${formatCount(changed)} changed, ${formatCount(added)} added, ${formatCount(removed)} removed`,
  ];
  if (moved > 0) lines.push(`${formatCount(moved)} of those in both stand elsewhere`);
  if (changed + added + removed + moved === 0) lines.push(style("green", "The files hold the same examples."));
  if (changed > 0) {
    lines.push("", style("bold", "Changed fields"));
    for (const [name, count] of byCount(fields)) {
      lines.push(`  ${name.padEnd(nameWidth)}${formatCount(count).padStart(9)}`);
    }
    lines.push("", style("bold", "Changed examples"));
    for (const { id, fields: names } of comparison.changedExamples) {
      const [line = "", ...more] = wrap(names.join(", "), Math.max(20, columns - shortId - 4));
      lines.push(`  ${id.slice(0, shortId)}  ${line}`, ...more.map((rest) => `${" ".repeat(shortId + 4)}${rest}`));
    }
    lines.push(...unlisted(changed - comparison.changedExamples.length));
  }
  for (const [title, ids, count, color] of [
    ["Added", comparison.addedIds, added, "green"],
    ["Removed", comparison.removedIds, removed, "red"],
  ] as const) {
    if (count === 0) continue;
    lines.push("", style("bold", title), ...ids.map((id) => `  ${style(color, id.slice(0, shortId))}`));
    lines.push(...unlisted(count - ids.length));
  }
  return lines.join("\n");
}

function unlisted(count: number): string[] {
  return count > 0 ? [`  and ${plural(count, "more", "more")}`] : [];
}
