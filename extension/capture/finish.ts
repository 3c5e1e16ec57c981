/**
 * The way of a settled capture to the outbox: judged with every file it touches, redacted, looked through once more, and
 * made an event under a consent that holds at that moment. Whoever refuses on the way, nothing of it is kept anywhere.
 */
import type { Redaction } from "../../shared/privacy/redact.ts";
import type { Event } from "../../shared/records/event.ts";
import { snapshotSettled } from "../../shared/records/event.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { Gate } from "../gate/gate.ts";
import type { Refusal } from "../gate/refusal.ts";
import type { Envelopes } from "./envelope.ts";
import type { GiveUpReason, SettledCapture } from "./frozen-capture.ts";

/** As `redactSnapshot` of `shared/privacy`: `surroundings` are scanned for what the other texts hold parts of. */
export type Redact = (input: {
  readonly snapshot: Snapshot;
  readonly settlement: Settlement;
  readonly surroundings: readonly string[];
}) => Redaction<never> | Promise<Redaction<never>>;

export interface FinishDeps {
  /** Counts its own refusals. */
  readonly gate: Pick<Gate, "judgeFiles" | "judgeSecrets" | "mayOpen">;
  readonly redact: Redact;
  readonly envelopes: Envelopes;
  /** To sharing snapshots of a workspace folder; undefined where none was given. */
  readonly consent: (folder: string) => { readonly textVersion: number; readonly at: string } | undefined;
  /** Rejects where the event is not on disk. */
  readonly append: (event: Event, folder: string) => Promise<void>;
  readonly gaveUp: (reason: GiveUpReason, uri: string, predictionId?: string) => void;
}

export type Finished =
  | { readonly kind: "kept"; readonly eventId: string; readonly snapshot: Snapshot; readonly settlement: Settlement }
  /** The gate's word about the document. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "gaveUp"; readonly reason: GiveUpReason }
  /** Consent, or what else the gate knows at once, ended while the capture was on its way. */
  | { readonly kind: "withdrawn" };

/** Edits may have been followed for predictions before, or in another window until it heard that consent had ended. */
function sinceConsent(snapshot: Snapshot, given: { readonly at: string } | undefined): Snapshot {
  const history = snapshot.history.filter(({ startedAt }) => given && startedAt !== undefined && startedAt >= given.at);
  return { ...snapshot, history };
}

/** @throws what the gate's look at the disk, or the outbox, throws: the capture is then not kept */
export async function finishCapture(
  capture: SettledCapture,
  { gate, redact, envelopes, consent, append, gaveUp }: FinishDeps,
): Promise<Finished> {
  const { uri, folder, predictionId } = capture;
  const giveUp = (reason: GiveUpReason): Finished => {
    gaveUp(reason, uri, predictionId);
    return { kind: "gaveUp", reason };
  };

  const judged = await gate.judgeFiles(
    { ...capture, snapshot: sinceConsent(capture.snapshot, consent(folder)) },
    "snapshots",
  );
  if (!judged.document.ok) return { kind: "refused", refusal: judged.document };
  const { snapshot, settlement } = judged;
  if (!settlement) throw new Error("the gate was given a settlement and gave none back");
  const redacted = await redact({ snapshot, settlement, surroundings: capture.surroundings });
  if (!redacted.ok || !redacted.settlement) return giveUp("notRedactable");
  const last = gate.judgeSecrets(uri, redacted.snapshot, redacted.settlement);
  if (!last.ok) return { kind: "refused", refusal: last };

  // From here to the outbox nothing waits, so nobody can withdraw in between and find the event there afterwards.
  const given = consent(folder);
  if (!gate.mayOpen(uri) || !given || given.at > capture.snapshot.capturedAt) return { kind: "withdrawn" };
  const parsed = parseRecord(snapshotSettled, {
    ...envelopes.next(given.textVersion),
    type: "snapshot.settled",
    snapshot: redacted.snapshot,
    settlement: redacted.settlement,
    ...(predictionId === undefined ? {} : { predictionId }),
  });
  if (!parsed.ok) return giveUp("notValid");
  await append(parsed.value, folder);
  return { kind: "kept", eventId: parsed.value.id, snapshot: redacted.snapshot, settlement: redacted.settlement };
}
