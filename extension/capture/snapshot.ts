/** A frozen state and its context become one snapshot, valid by its schema whatever the context holds. */
import { parseRecord } from "../../shared/records/parse.ts";
import { definition as definitionSchema, repositoryFacts, SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { CapturePoint } from "./capture-point.ts";
import type { FrozenCapture, TouchedFile } from "./frozen-capture.ts";
import type { GatheredContext, GatheredDefinition } from "./gather.ts";

/** @param context null where there is none: it failed, or nobody waited for it */
export function assembleCapture(
  point: CapturePoint,
  context: GatheredContext | null,
  predictionId: string | undefined,
): FrozenCapture {
  const found = context?.definitions ?? [];
  const definitions = definitionsWithinLimits(found);
  const repo = context?.repo && parseRecord(repositoryFacts, context.repo).ok ? context.repo : undefined;
  return {
    uri: point.uri,
    folder: point.folder,
    snapshot: {
      ...point.snapshot,
      definitions: definitions.map(({ record }) => record),
      ...(repo ? { repo } : {}),
    },
    surroundings: [...point.surroundings, ...definitions.map(({ unclipped }) => unclipped)],
    files: eachOnce([
      ...point.files,
      ...definitions.map(
        ({ uri, record }): TouchedFile => ({ uri, path: record.path, role: "definition", external: record.external }),
      ),
    ]),
    leftOut: sums(point.leftOut, context?.leftOut ?? { context: 1 }, {
      definitions: found.length - definitions.length,
    }),
    ...(predictionId === undefined ? {} : { predictionId }),
  };
}

/** In the order of their first mention. */
export function eachOnce(files: readonly TouchedFile[]): TouchedFile[] {
  return [...new Map(files.map((file) => [JSON.stringify(file), file])).values()];
}

/** Nearest first, so what finds no room is farther away than all that does. */
function definitionsWithinLimits(found: readonly GatheredDefinition[]): GatheredDefinition[] {
  const valid = found.filter(({ record }) => parseRecord(definitionSchema, record).ok);
  let bytes = 0;
  const end = valid.findIndex(({ record }, index) => {
    bytes += utf8Length(record.text);
    return bytes > SNAPSHOT_LIMITS.definitionsBytes || index === SNAPSHOT_LIMITS.definitions;
  });
  return end === -1 ? valid : valid.slice(0, end);
}

/** By name; what is 0 is not named. */
function sums(...counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all = new Map<string, number>();
  for (const [name, count] of counts.flatMap((each) => Object.entries(each))) {
    if (count > 0) all.set(name, (all.get(name) ?? 0) + count);
  }
  return Object.fromEntries(all);
}
