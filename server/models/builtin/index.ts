/**
 * The model that needs no network and no weights: it continues what the history shows. The floor in every evaluation and
 * the default on a fresh machine. It repeats, renames, extends and closes; it knows no language and has read no code.
 */
import { hashOf, predictionId, snapshotId } from "../../../shared/ids.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { NO_USAGE } from "../../../shared/records/prediction.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { BUILTIN_ID } from "../builtin-id.ts";
import type { Model, ModelCounters } from "../model.ts";
import type { Candidate } from "./candidates.ts";
import { rankedCandidates } from "./candidates.ts";
import { readSituation } from "./situation.ts";

/** Raised by hand whenever some snapshot would get another answer. */
const version = 1;
const identity = { provider: "builtin", version };

/** Ranked, distinct, from 1 to `n` (at least 1): no edit is one of them, and the only one where nothing suggests itself. */
export function builtinCandidates(snapshot: Snapshot, n: number): Candidate[] {
  return rankedCandidates(readSituation(snapshot), n);
}

export function builtinModel(): Model {
  const counters: ModelCounters = {
    requests: 0,
    cached: 0,
    failures: {},
    usage: { ...NO_USAGE },
    saved: { ...NO_USAGE },
  };
  return {
    id: BUILTIN_ID,
    identity,
    staysHere: true,
    // It reads no prompt, so any format will do.
    promptFormat: "teacher",
    counters,
    answer() {
      throw new Error("the builtin model was asked a question: whoever asks one looks first whom");
    },
    async predict({ exampleId, snapshot }, { samples, signal }) {
      signal.throwIfAborted();
      counters.requests++;
      const requestKey = hashOf({ model: identity, snapshot: snapshotId(snapshot) });
      return builtinCandidates(snapshot, samples).map((candidate, i) =>
        asPrediction(candidate, predictionId(exampleId, requestKey, i)),
      );
    },
  };
}

function asPrediction(candidate: Candidate, id: string): Prediction {
  const common = {
    id,
    model: BUILTIN_ID,
    promptVersion: `builtin-${version}`,
    confidence: candidate.confidence,
    usage: { ...NO_USAGE },
    stopReason: "end",
  } as const;
  return "noEdit" in candidate
    ? { ...common, raw: "", noEdit: true }
    : { ...common, raw: candidate.text, text: candidate.text };
}
