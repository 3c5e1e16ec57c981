/** The ids of a file's examples, to notice one that comes twice. */

const initialSlots = 1 << 10;
const wordsPerId = 3;
const hexPerWord = 8;

/**
 * Keeps 96 bits of each id: 24 to 48 bytes an example, so 50 MB for a million, where a Set of strings takes 150. Two
 * different ids of a million share those bits with a probability of 1e-17.
 */
export class IdSet {
  #words = new Uint32Array(initialSlots * wordsPerId);
  #size = 0;

  /**
   * @param id at least 24 hexadecimal characters, evenly distributed: a sha256
   * @returns false if it was there
   */
  add(id: string): boolean {
    const [a, b, c] = wordsOf(id);
    const slot = this.#find(a, b, c);
    if (this.#words[slot] !== 0) return false;
    this.#put(slot, a, b, c);
    this.#size++;
    if (this.#size * 2 > this.#words.length / wordsPerId) this.#grow();
    return true;
  }

  has(id: string): boolean {
    return this.#words[this.#find(...wordsOf(id))] !== 0;
  }

  /** Where the id stands, or the empty slot where it belongs. */
  #find(a: number, b: number, c: number): number {
    const slots = this.#words.length / wordsPerId;
    let slot = (b % slots) * wordsPerId;
    for (;;) {
      const first = this.#words[slot];
      if (first === 0) return slot;
      if (first === a && this.#words[slot + 1] === b && this.#words[slot + 2] === c) return slot;
      slot = (slot + wordsPerId) % this.#words.length;
    }
  }

  #put(slot: number, a: number, b: number, c: number): void {
    this.#words[slot] = a;
    this.#words[slot + 1] = b;
    this.#words[slot + 2] = c;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i += wordsPerId) {
      const [a = 0, b = 0, c = 0] = old.subarray(i, i + wordsPerId);
      if (a !== 0) this.#put(this.#find(a, b, c), a, b, c);
    }
  }
}

/** The first word is never 0, which marks an empty slot. */
function wordsOf(id: string): [number, number, number] {
  const word = (index: number) => Number.parseInt(id.slice(index * hexPerWord, (index + 1) * hexPerWord), 16);
  return [word(0) || 1, word(1), word(2)];
}
