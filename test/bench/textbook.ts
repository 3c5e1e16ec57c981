/** Three figures as their definitions read: whole texts, strings for n-grams, full tables. What a benchmark is held to. */
import { unitsOf } from "../../server/metrics/units.ts";

export function textbookChrf(before: string, predicted: string, reference: string): number {
  const collapse = (text: string) => [...text.replace(/[^\S\n]+/g, " ").replace(/\n+/g, "\n")];
  const [from, given, wanted] = [before, predicted, reference].map(collapse) as [string[], string[], string[]];
  let sum = 0;
  for (let n = 1; n <= 6; n++) {
    const predictedChange = difference(grams(from, n), grams(given, n));
    const referenceChange = difference(grams(from, n), grams(wanted, n));
    for (const [gram, count] of predictedChange) sum += Math.min(count, referenceChange.get(gram) ?? 0);
  }
  return sum;
}

function grams(characters: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= characters.length; i++) {
    const gram = characters.slice(i, i + n).join("");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function difference(before: Map<string, number>, after: Map<string, number>): Map<string, number> {
  const result = new Map<string, number>();
  for (const gram of new Set([...before.keys(), ...after.keys()])) {
    const change = (after.get(gram) ?? 0) - (before.get(gram) ?? 0);
    if (change !== 0) result.set(change > 0 ? gram : `deleted ${gram}`, Math.abs(change));
  }
  return result;
}

export function textbookLevenshtein(a: string, b: string): number {
  const [from, to] = [[...a], [...b]];
  const table = from.map(() => new Uint32Array(to.length + 1));
  table.unshift(Uint32Array.from({ length: to.length + 1 }, (_, j) => j));
  for (const [i, x] of from.entries()) {
    const above = table[i] as Uint32Array;
    const row = table[i + 1] as Uint32Array;
    row[0] = i + 1;
    for (const [j, y] of to.entries()) {
      row[j + 1] = Math.min(
        (above[j] as number) + Number(x !== y),
        (above[j + 1] as number) + 1,
        (row[j] as number) + 1,
      );
    }
  }
  return table[from.length]?.[to.length] as number;
}

export function textbookKeptRate(before: string, predicted: string, reference: string): number {
  const [from, given, wanted] = [before, predicted, reference].map(unitsOf) as [string[], string[], string[]];
  return commonUnits(from, given) + commonUnits(from, wanted) + commonUnits(given, wanted);
}

function commonUnits(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (const [i, x] of a.entries()) {
    const above = table[i] as Uint32Array;
    const row = table[i + 1] as Uint32Array;
    for (const [j, y] of b.entries()) {
      row[j + 1] = x === y ? (above[j] as number) + 1 : Math.max(above[j + 1] as number, row[j] as number);
    }
  }
  return table[a.length]?.[b.length] as number;
}
