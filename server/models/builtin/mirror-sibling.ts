/**
 * The person added a line that is its neighbour with other names: where the neighbour's name is used further on, the new
 * name wants a line too. `requestDynamic: 'a',` got `requestHono: 'a',` below it, so `requestDynamic,` gets `requestHono,`.
 */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Change } from "./changes.ts";
import { atPlaces, insertBeside } from "./places.ts";
import { caseForms, isWholePart } from "./rename.ts";
import type { Proposal, RegionLine, Situation } from "./situation.ts";
import { bind, fill, isHole, lineTokens, shapeOf } from "./template.ts";
import { commonEnds, isWord, tokenize, wordParts } from "./tokens.ts";

const maxSiblings = 16;
const maxPlaces = 20;
const minPartLength = 3;
const maxAddedLines = 3;

interface Sibling {
  /** The names that the neighbour has where the added line has others; the first is what the lines are about. */
  readonly names: ReadonlyMap<string, string>;
  readonly old: string;
  readonly next: string;
  readonly below: boolean;
}

export function* mirrorSibling(situation: Situation): Generator<Proposal> {
  const tried = new Set<string>();
  for (const change of situation.changes) {
    for (const sibling of siblings(change)) {
      const key = `${sibling.old}\0${sibling.next}`;
      if (tried.size >= maxSiblings) return;
      if (tried.has(key)) continue;
      tried.add(key);
      yield* atPlaces("mirrorSibling", mirrored(situation, sibling), situation.cursor);
    }
  }
}

function siblings(change: Change): Sibling[] {
  if (change.removed.length > 0 || change.added.length === 0 || change.added.length > maxAddedLines) return [];
  const found: Sibling[] = [];
  const pairs: [string | undefined, string | undefined, boolean][] = [
    [change.above.at(-1), change.added[0], true],
    [change.below[0], change.added.at(-1), false],
  ];
  for (const [neighbour = "", added = "", below] of pairs) {
    const left = lineTokens(neighbour);
    const right = lineTokens(added);
    if (shapeOf(left) !== shapeOf(right)) continue;
    const binding = bind(left, right, new Set());
    if (!binding) continue;
    const names = new Map([...binding].filter(([name, other]) => name !== other));
    const [first] = names;
    if (first && isWord(first[0]) && isWord(first[1])) found.push({ names, old: first[0], next: first[1], below });
  }
  return found;
}

function mirrored(situation: Situation, { names, old, next, below }: Sibling): TextEdit[] {
  const edits: TextEdit[] = [];
  const { lines, before } = situation;
  for (const [i, line] of lines.entries()) {
    if (edits.length >= maxPlaces) break;
    const tokens = tokenize(line.text);
    if (!tokens.includes(old) || isThere(lines, i, fill(tokens, names))) continue;
    const copy = substitute(tokens, old, next);
    if (isThere(lines, i, copy)) continue;
    edits.push(insertBeside(before, line, below ? "below" : "above", [copy]));
  }
  return edits;
}

function isThere(lines: readonly RegionLine[], at: number, copy: string): boolean {
  return lines.slice(Math.max(0, at - 4), at + 5).some((line) => line.text.trim() === copy.trim());
}

/** `old` → `next` in a line, and what differs in their parts as well: with `getUser` → `getTeam` also `'user'` → `'team'`. */
function substitute(tokens: readonly string[], old: string, next: string): string {
  const before = wordParts(old);
  const after = wordParts(next);
  const { prefix, suffix } = commonEnds(before, after);
  const left = before.slice(prefix, before.length - suffix).join("");
  const right = after.slice(prefix, after.length - suffix).join("");
  const whole = tokens.map((token) => (token === old ? next : token));
  if (left.length < minPartLength || right === "") return whole.join("");
  return whole
    .map((token) => {
      if (token === next || !isHole(token)) return token;
      for (const [from, to] of caseForms(left, right)) {
        const at = token.indexOf(from);
        if (at !== -1 && isWholePart(token, at, from)) return token.slice(0, at) + to + token.slice(at + from.length);
      }
      return token;
    })
    .join("");
}
