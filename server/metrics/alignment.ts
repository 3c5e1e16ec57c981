/**
 * A longest common subsequence of two sequences of numbers, in linear room: E. W. Myers, "An O(ND) difference
 * algorithm and its variations", Algorithmica 1 (1986), section 4b. Common ends are matched first, the beginning
 * before the end. One routine serves lines, units and characters, so that every metric sees the same differences.
 */

/** `before[start, end)` became `after[newStart, newEnd)`; one of the two may be empty, and neighbours never touch. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** One kind of array alone, so that the inner loops compile to one kind of load. */
type Numbers = Int32Array;

/** Stands for a diagonal that no path has reached. */
const UNREACHED = -(2 ** 30);

/** The changes that lead from `before` to `after`, in order; what lies between two changes is common to both. */
export function changesBetween(before: Numbers, after: Numbers): Change[] {
  const removed = new Uint8Array(before.length);
  const added = new Uint8Array(after.length);
  mark(before, after, removed, added);
  const changes: Change[] = [];
  let start = 0;
  let newStart = 0;
  while (start < before.length || newStart < after.length) {
    let end = start;
    let newEnd = newStart;
    while (removed[end] === 1) end++;
    while (added[newEnd] === 1) newEnd++;
    if (end > start || newEnd > newStart) changes.push({ start, end, newStart, newEnd });
    while (end < before.length && newEnd < after.length && removed[end] === 0 && added[newEnd] === 0) {
      end++;
      newEnd++;
    }
    start = end;
    newStart = newEnd;
  }
  return changes;
}

interface Box {
  readonly low: number;
  readonly high: number;
  readonly newLow: number;
  readonly newHigh: number;
}

/** Sets 1 for every element that is not part of the common subsequence. */
function mark(a: Numbers, b: Numbers, removed: Uint8Array, added: Uint8Array): void {
  let forward: Int32Array | undefined;
  let backward: Int32Array | undefined;
  const open: Box[] = [{ low: 0, high: a.length, newLow: 0, newHigh: b.length }];
  for (let box = open.pop(); box !== undefined; box = open.pop()) {
    let { low, high, newLow, newHigh } = box;
    while (low < high && newLow < newHigh && a[low] === b[newLow]) {
      low++;
      newLow++;
    }
    while (low < high && newLow < newHigh && a[high - 1] === b[newHigh - 1]) {
      high--;
      newHigh--;
    }
    if (low === high) added.fill(1, newLow, newHigh);
    else if (newLow === newHigh) removed.fill(1, low, high);
    else {
      forward ??= new Int32Array(high - low + (newHigh - newLow) + 3);
      backward ??= new Int32Array(forward.length);
      const x = middle(a, b, { low, high, newLow, newHigh }, forward, backward);
      open.push({ low: x.at, high, newLow: x.newAt, newHigh });
      open.push({ low, high: x.at, newLow, newHigh: x.newAt });
    }
  }
}

/**
 * A point on a shortest path through the box, neither its first corner nor its last: the box is not empty on either
 * side and has no common ends, so the path has at least two edits and each half at least one.
 */
function middle(
  a: Numbers,
  b: Numbers,
  { low, high, newLow, newHigh }: Box,
  forward: Int32Array,
  backward: Int32Array,
): { at: number; newAt: number } {
  const width = high - low;
  const height = newHigh - newLow;
  const delta = width - height;
  const odd = (delta & 1) !== 0;
  // Diagonal k lies at index k + zero, with an unreached one on either side of the box.
  const zero = height + 1;
  forward.fill(UNREACHED, 0, width + height + 3);
  backward.fill(UNREACHED, 0, width + height + 3);
  forward[zero] = 0;
  backward[zero] = 0;
  for (let edits = 1; ; edits++) {
    const least = edits <= height ? -edits : edits - 2 * height;
    const most = edits <= width ? edits : 2 * width - edits;
    for (let k = least; k <= most; k += 2) {
      let x = furthest(forward, k + zero, k, width, height);
      if (x >= 0) {
        while (x < width && x - k < height && a[low + x] === b[newLow + x - k]) x++;
        const opposite = delta - k;
        if (odd && opposite > -edits && opposite < edits && opposite >= -height && opposite <= width) {
          if (x + (backward[opposite + zero] as number) >= width) return { at: low + x, newAt: newLow + x - k };
        }
      }
      forward[k + zero] = x;
    }
    for (let k = least; k <= most; k += 2) {
      let x = furthest(backward, k + zero, k, width, height);
      if (x >= 0) {
        while (x < width && x - k < height && a[high - 1 - x] === b[newHigh - 1 - x + k]) x++;
        const opposite = delta - k;
        if (!odd && opposite >= -edits && opposite <= edits && opposite >= -height && opposite <= width) {
          if (x + (forward[opposite + zero] as number) >= width) return { at: high - x, newAt: newHigh - x + k };
        }
      }
      backward[k + zero] = x;
    }
  }
}

/** The furthest point on diagonal `k` one edit behind its neighbours' points, or UNREACHED where none is in the box. */
function furthest(reached: Int32Array, index: number, k: number, width: number, height: number): number {
  const across = (reached[index - 1] as number) + 1;
  const down = reached[index + 1] as number;
  let x = UNREACHED;
  if (across > 0 && across <= width) x = across;
  if (down >= 0 && down - k <= height && down > x) x = down;
  return x;
}
