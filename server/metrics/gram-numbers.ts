/**
 * Numbers the character n-grams of several texts, the same gram by the same number, order by order. An n-gram is known
 * by the number of its first n − 1 characters and by its last one, so that no string is ever built.
 */
export interface GramNumbers {
  /** Goes from n to n + 1, beginning with 1, and says how many different grams there are. */
  nextOrder(): number;
  /** Adds `by` to the count of each gram of text `index`, once for each time it occurs. */
  tally(index: number, counts: Int32Array, by: number): void;
}

const FREE = -1;
/** Odd, near 2³² / golden ratio: spreads consecutive numbers over the table (Knuth, TAOCP 3, 6.4). */
const SPREAD = 0x9e3779b1;

/** @param texts as code points */
export function gramNumbers(texts: readonly Int32Array[]): GramNumbers {
  const known = texts.map((text) => new Int32Array(text.length));
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  const mask = 2 ** Math.ceil(Math.log2(2 * total + 1)) - 1;
  const numbers = new Int32Array(mask + 1);
  /** Of each gram: the number of its beginning, and its last character. */
  const beginnings = new Int32Array(total);
  const lasts = new Int32Array(total);
  let order = 0;

  function nextOrder(): number {
    order++;
    numbers.fill(FREE);
    let count = 0;
    for (let t = 0; t < texts.length; t++) {
      const text = texts[t] as Int32Array;
      const grams = known[t] as Int32Array;
      for (let i = 0; i + order <= text.length; i++) {
        const beginning = grams[i] as number;
        const last = text[i + order - 1] as number;
        let slot = ((Math.imul(beginning, SPREAD) ^ Math.imul(last, SPREAD >>> 7)) >>> 0) & mask;
        let number = numbers[slot] as number;
        while (number !== FREE && (beginnings[number] !== beginning || lasts[number] !== last)) {
          slot = (slot + 1) & mask;
          number = numbers[slot] as number;
        }
        if (number === FREE) {
          number = count++;
          numbers[slot] = number;
          beginnings[number] = beginning;
          lasts[number] = last;
        }
        grams[i] = number;
      }
    }
    return count;
  }

  function tally(index: number, counts: Int32Array, by: number): void {
    const grams = known[index] as Int32Array;
    for (let i = 0; i + order <= grams.length; i++) {
      const gram = grams[i] as number;
      counts[gram] = (counts[gram] as number) + by;
    }
  }

  return { nextOrder, tally };
}
