/** The context of a capture point, asked for behind its back: what is late, or about a later text, is left out. */
import type { Definition, Snapshot } from "../../shared/records/snapshot.ts";
import type { Clock } from "../clock.ts";
import type { CapturePoint } from "./capture-point.ts";
import type { TrackedDocument } from "./document.ts";
import type { FrozenCapture } from "./frozen-capture.ts";
import { assembleCapture } from "./snapshot.ts";

/** For one that hangs: whoever gathers keeps the design's budget of a second itself, and then brings what came. */
const giveUpAfterMs = 1_250;

/** For whoever gathers, to ask before it takes anything over. */
export interface GatherGuard {
  /** Whether an open document still has the text that it had at the point; true for what is not open. */
  readonly isUnchanged: (uri: string) => boolean;
  /** Nobody waits for the context any more. */
  readonly signal: AbortSignal;
}

export interface GatheredDefinition {
  readonly uri: string;
  readonly record: Definition;
  /** With nothing elided or cut. */
  readonly unclipped: string;
}

export interface GatheredContext {
  /** Nearest to the cursor first. */
  readonly definitions: readonly GatheredDefinition[];
  readonly repo: Snapshot["repo"];
  /** How many, by name. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Keeps its own budget of time: a second. */
export type GatherContext = (point: CapturePoint, guard: GatherGuard) => Promise<GatheredContext>;

export interface Gathering {
  /** Never rejects: without context there is still a snapshot. */
  readonly frozen: Promise<FrozenCapture>;
  /** Stops waiting; `frozen` then comes without context, if it has not come yet. */
  readonly abandon: () => void;
}

export interface GatheringDeps {
  readonly clock: Clock;
  readonly gather: GatherContext;
  readonly openDocuments: Iterable<TrackedDocument>;
  readonly fault: (error: unknown) => void;
}

export function startGathering(
  point: CapturePoint,
  predictionId: string | undefined,
  { clock, gather, openDocuments, fault }: GatheringDeps,
): Gathering {
  const controller = new AbortController();
  const { signal } = controller;
  const versions = new Map([...openDocuments].map((document) => [document.uri, { document, was: document.version }]));
  const isUnchanged = (uri: string) => {
    const known = versions.get(uri);
    return known === undefined || known.document.version === known.was;
  };
  const abandoned = new Promise<null>((resolve) => {
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  const timer = clock.after(giveUpAfterMs, () => controller.abort());
  async function gathered(): Promise<GatheredContext | null> {
    try {
      return await Promise.race([gather(point, { isUnchanged, signal }), abandoned]);
    } catch (error) {
      fault(error);
      return null;
    } finally {
      timer.dispose();
    }
  }
  const frozen = gathered().then((context) => assembleCapture(point, context, predictionId));
  return { frozen, abandon: () => controller.abort() };
}
