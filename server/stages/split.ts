/**
 * `split`: train, eval or test, by a hash of seed and group, so that a group keeps its side in every later version of a
 * dataset and never straddles two. A side that is set already stays, and the rest of its group follows it.
 */
import * as z from "zod/mini";
import { hashOf, seededShare } from "../../shared/ids.ts";
import type { Example, SplitName } from "../../shared/records/example.ts";
import { defineStage } from "./stage.ts";

const NAME = "split";

/** How far three shares may be from 1 together: what adding decimal fractions costs. */
const shareTolerance = 1e-6;

const grouping = z.enum(["auto", "repo", "path", "contributor", "time"]);
type Grouping = z.infer<typeof grouping>;

const options = z.strictObject({
  shares: z._default(
    z.string().check(
      z.refine(
        (text) => readShares(text) !== undefined,
        "must be three shares that add up to 1, such as 0.90,0.05,0.05",
      ),
      z.describe("Shares of train, eval and test, in this order."),
    ),
    "0.90,0.05,0.05",
  ),
  by: z._default(
    grouping.check(
      z.describe(
        "What stays together. auto: contributor and repository of a capture, repository and path of a commit, a file's " +
          "own name; time: older examples train, newer ones test.",
      ),
    ),
    "auto",
  ),
});

type Shares = Readonly<Record<SplitName, number>>;
interface Placed {
  readonly name: SplitName;
  readonly group: string;
}

/** Reads its input twice: sides that are set, and times, must be known before the first example is placed. */
export const splitStage = defineStage({
  name: NAME,
  version: 1,
  options,
  global: true,
  async *run(examples, { shares: written, by }, context) {
    const shares = readShares(written) ?? { train: 1, eval: 0, test: 0 };
    const seen = await lookThrough(examples, by);
    const place = by === "time" ? byTime(seen.times, shares) : byHash(by, context.seed, shares);
    const counts: Record<SplitName, number> = { train: 0, eval: 0, test: 0 };
    for await (const example of examples) {
      if (example.dropped) {
        yield example;
        continue;
      }
      const placed = example.split ?? kept(place(example), seen.sides);
      counts[placed.name]++;
      yield { ...example, split: placed };
    }
    for (const sentence of emptySides(counts, shares, by)) context.warn(sentence);
    if (seen.torn > 0) {
      context.warn(`${seen.torn} examples came with another side than their group has; they stay as they came.`);
    }
  },
});

interface Seen {
  /** The side that a group has by an example that came with one; groups as hashes, since they can be many. */
  readonly sides: ReadonlyMap<number, SplitName>;
  /** Examples whose side is not the one that their group had first. */
  readonly torn: number;
  /** Of the examples to place; empty unless asked for. */
  readonly times: readonly number[];
}

async function lookThrough(examples: AsyncIterable<Example>, by: Grouping): Promise<Seen> {
  const sides = new Map<number, SplitName>();
  const times: number[] = [];
  let torn = 0;
  for await (const example of examples) {
    if (example.split) {
      const key = groupKey(example.split.group);
      const side = sides.get(key);
      if (side === undefined) sides.set(key, example.split.name);
      else if (side !== example.split.name) torn++;
    } else if (by === "time" && !example.dropped) times.push(timeOf(example));
  }
  return { sides, torn, times };
}

function kept(placed: Placed, sides: ReadonlyMap<number, SplitName>): Placed {
  if (sides.size === 0) return placed;
  return { ...placed, name: sides.get(groupKey(placed.group)) ?? placed.name };
}

/** 48 bits: among a million groups two share a key once in some hundred runs, and then only share a side. */
function groupKey(group: string): number {
  return Number.parseInt(hashOf(group).slice(0, 12), 16);
}

function byHash(by: Exclude<Grouping, "time">, seed: number, shares: Shares): (example: Example) => Placed {
  return (example) => {
    const group = groupOf(example, by);
    const share = seededShare(seed, NAME, group);
    return { name: share < shares.test ? "test" : share < shares.test + shares.eval ? "eval" : "train", group };
  };
}

/** Examples of one instant are one group: they fall on the older side of a bound. */
function byTime(times: readonly number[], shares: Shares): (example: Example) => Placed {
  const sorted = Float64Array.from(times).sort();
  const evalFrom = firstInstant(sorted, Math.round(sorted.length * shares.train));
  const testFrom = firstInstant(sorted, Math.round(sorted.length * (shares.train + shares.eval)));
  return (example) => {
    const time = timeOf(example);
    const name = time >= testFrom ? "test" : time >= evalFrom ? "eval" : "train";
    return { name, group: `time:${new Date(time).toISOString()}` };
  };
}

/** The first instant of which all examples stand at `index` or behind it; Infinity where there is none. */
function firstInstant(sorted: Float64Array, index: number): number {
  const at = sorted[index];
  if (at === undefined) return Number.POSITIVE_INFINITY;
  if (index === 0 || sorted[index - 1] !== at) return at;
  return sorted.find((time) => time > at) ?? Number.POSITIVE_INFINITY;
}

function timeOf({ source, snapshot }: Example): number {
  return Date.parse(source.at ?? snapshot.capturedAt);
}

/** Readable, since `explain` shows it; what is not known is a group of its own kind. */
function groupOf(example: Example, by: Exclude<Grouping, "time">): string {
  const { source, snapshot } = example;
  const contributor = `contributor:${source.contributor ?? "unknown"}`;
  const repo = `repo:${source.repo ?? snapshot.repo?.remote ?? snapshot.repo?.folder ?? "unknown"}`;
  const path = `${repo} path:${source.kind === "git" ? source.path : snapshot.document.path}`;
  switch (by) {
    case "repo":
      return repo;
    case "path":
      return path;
    case "contributor":
      return contributor;
    case "auto":
      switch (source.kind) {
        case "capture":
          return `${contributor} ${repo}`;
        case "git":
          return path;
        case "file":
          return `file:${source.source} name:${source.name}`;
        case "derived":
          return source.repo === undefined ? `parents:${source.parents.join(",")}` : path;
      }
  }
}

function readShares(text: string): Shares | undefined {
  const numbers = text
    .split(",")
    .map((part) => (/^\s*(?:\d+(?:\.\d*)?|\.\d+)\s*$/u.test(part) ? Number(part) : Number.NaN));
  const [train = Number.NaN, evaluation = Number.NaN, test = Number.NaN] = numbers;
  const isWhole = Math.abs(train + evaluation + test - 1) <= shareTolerance;
  return numbers.length === 3 && isWhole ? { train, eval: evaluation, test } : undefined;
}

function emptySides(counts: Readonly<Record<SplitName, number>>, shares: Shares, by: Grouping): string[] {
  const total = counts.train + counts.eval + counts.test;
  if (total === 0) return [];
  const empty = (["train", "eval", "test"] as const).filter((side) => counts[side] === 0 && shares[side] > 0);
  if (empty.length === 0) return [];
  return [
    `no example fell into ${empty.join(" or ")}, of ${total}: the groups by "${by}" are too few or too large. ` +
      'More examples help, or another grouping: "by" under split in the task, --by of the stage on its own.',
  ];
}
