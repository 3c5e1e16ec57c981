/**
 * Where any of many values may begin in a text, by one pass over it: looking for each by itself, two thousand of them
 * in the texts of a snapshot would hold an editor up for seconds.
 */

/** Values are told apart by so many of their first characters. Longer keys would be copied at every place. */
const maxKeyChars = 8;
const pairs = 65_536;

export interface ValueIndex {
  add(value: string): void;
  /** Calls for each place and each value that begins with the characters there, up to `maxKeyChars` of them. */
  candidates(text: string, visit: (value: string, start: number) => void): void;
}

export function createValueIndex(): ValueIndex {
  /** 1 for the first two characters of a value, by `pairOf`, and for the first of one that has no second. */
  const pairOfSome = new Uint8Array(pairs);
  const aloneOfSome = new Uint8Array(pairs);
  const byLength = new Map<number, Map<string, string[]>>();

  return {
    add(value) {
      if (value === "") return;
      const length = Math.min(value.length, maxKeyChars);
      if (length === 1) aloneOfSome[value.charCodeAt(0)] = 1;
      else pairOfSome[pairOf(value, 0)] = 1;
      const keys = byLength.get(length) ?? new Map<string, string[]>();
      byLength.set(length, keys);
      const key = value.slice(0, length);
      const values = keys.get(key);
      if (values) values.push(value);
      else keys.set(key, [value]);
    },
    candidates(text, visit) {
      if (byLength.size === 0) return;
      for (let start = 0; start < text.length; start++) {
        if (pairOfSome[pairOf(text, start)] === 0 && aloneOfSome[text.charCodeAt(start)] === 0) continue;
        for (const [length, keys] of byLength) {
          const values = keys.get(text.slice(start, start + length));
          if (values) for (const value of values) visit(value, start);
        }
      }
    },
  };
}

/** Two different pairs may be one number: it only saves looking. */
function pairOf(text: string, at: number): number {
  return (text.charCodeAt(at) * 257 + (at + 1 < text.length ? text.charCodeAt(at + 1) : 0)) % pairs;
}
