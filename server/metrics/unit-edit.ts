/** An edit by units (see `units.ts`): which are new, and which of *before* are gone. */
import { changesBetween } from "./alignment.ts";
import { countCharacters } from "./characters.ts";
import { numbered } from "./lines.ts";
import { unitsOf } from "./units.ts";

export interface UnitEdit {
  /** New units, by number, in order. */
  readonly inserted: Int32Array;
  /** Indexes of the units of *before* that are gone, in order. */
  readonly deletedAt: Int32Array;
}

/** What edits of one text have in common: the text's units, and a number for each different unit. */
export interface UnitBase {
  /** The text's units, by number. */
  readonly units: Int32Array;
  /** Every unit met so far, by its number. */
  readonly numbers: Map<string, number>;
}

export function unitBase(before: string): UnitBase {
  const numbers = new Map<string, number>();
  return { units: numbered(unitsOf(before), numbers), numbers };
}

/** The edit that leads from the base to `after`, by longest common subsequence. */
export function unitEdit(base: UnitBase, after: string): UnitEdit {
  const units = numbered(unitsOf(after), base.numbers);
  const inserted: number[] = [];
  const deletedAt: number[] = [];
  for (const { start, end, newStart, newEnd } of changesBetween(base.units, units)) {
    for (let i = newStart; i < newEnd; i++) inserted.push(units[i] as number);
    for (let i = start; i < end; i++) deletedAt.push(i);
  }
  return { inserted: Int32Array.from(inserted), deletedAt: Int32Array.from(deletedAt) };
}

/** The characters of every unit met so far, by its number. */
export function unitLengths(base: UnitBase): Int32Array {
  return Int32Array.from(base.numbers.keys(), countCharacters);
}
