/** From a settled capture to an event in the outbox: who may refuse on the way, and that nothing is kept then. */
import { describe, expect, it } from "vitest";
import { createEnvelopes } from "../../../extension/capture/envelope.ts";
import type { FinishDeps } from "../../../extension/capture/finish.ts";
import { finishCapture } from "../../../extension/capture/finish.ts";
import type { SettledCapture } from "../../../extension/capture/frozen-capture.ts";
import type { FilesVerdict } from "../../../extension/gate/gate.ts";
import { refuseIn } from "../../../extension/gate/refusal.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { redactSnapshot } from "../../../shared/privacy/redact.ts";
import type { Event } from "../../../shared/records/event.ts";
import { event as eventSchema } from "../../../shared/records/event.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { someUuid, validSettlement, validSnapshot } from "../../shared/records/valid.ts";

const uri = "file:///work/src/a.ts";
const folder = "file:///work";
const refusal = refuseIn(inEnglish)("consent.off", { purpose: "sharing snapshots" });

const capture: SettledCapture = {
  uri,
  folder,
  snapshot: { ...validSnapshot, capturedAt: "2026-01-01T00:00:00.000Z" },
  settlement: validSettlement,
  surroundings: [],
  files: [{ uri, path: "src/a.ts", role: "document", external: false }],
  leftOut: {},
};

/** Everybody says yes, unless a test says otherwise. */
function finishing(changes: { gate?: Partial<FinishDeps["gate"]> } & Partial<Omit<FinishDeps, "gate">> = {}) {
  const { gate, ...rest } = changes;
  const kept: { event: Event; folder: string }[] = [];
  const gaveUp: string[] = [];
  const clock = manualClock();
  let byte = 0;
  const deps: FinishDeps = {
    gate: {
      judgeFiles: async ({ snapshot, settlement }) => ({ document: { ok: true }, removed: [], snapshot, settlement }),
      judgeSecrets: () => ({ ok: true }),
      mayOpen: () => true,
      ...gate,
    },
    redact: redactSnapshot,
    envelopes: createEnvelopes({ clock, randomBytes: (count) => new Uint8Array(count).fill(byte++) }),
    consent: () => ({ textVersion: 3, at: "2025-12-31T00:00:00.000Z" }),
    append: async (event, of) => void kept.push({ event, folder: of }),
    gaveUp: (reason) => void gaveUp.push(reason),
    ...rest,
  };
  return { deps, kept, gaveUp, clock };
}

describe("a settled capture", () => {
  it("becomes a valid event of its folder, under the consent's version", async () => {
    const { deps, kept } = finishing();
    const finished = await finishCapture({ ...capture, predictionId: someUuid }, deps);
    expect(kept).toHaveLength(1);
    const [{ event, folder: of } = { event: undefined, folder: "" }] = kept;
    expect(parseRecord(eventSchema, event).ok).toBe(true);
    expect(event).toMatchObject({
      type: "snapshot.settled",
      consentVersion: 3,
      at: "2026-01-01T00:00:00.000Z",
      predictionId: someUuid,
      snapshot: capture.snapshot,
      settlement: capture.settlement,
    });
    expect(of).toBe(folder);
    expect(finished).toMatchObject({ kind: "kept", eventId: event?.id });
  });

  it("has a place in its session behind the one before, and an id of its own", async () => {
    const { deps, kept, clock } = finishing();
    await finishCapture(capture, deps);
    clock.advance(1);
    await finishCapture(capture, deps);
    expect(kept.map(({ event }) => event.sequence)).toEqual([0, 1]);
    const [first, second] = kept.map(({ event }) => event);
    expect(first && second && first.id < second.id && first.sessionId === second.sessionId).toBe(true);
  });

  it("loses the history and the definitions that the gate refuses, before it is redacted", async () => {
    const seen: unknown[] = [];
    const judged: FilesVerdict = {
      document: { ok: true },
      removed: [],
      snapshot: { ...capture.snapshot, history: [], definitions: [] },
      settlement: { ...capture.settlement, futureHistory: [] },
    };
    const { deps, kept } = finishing({
      gate: { judgeFiles: async () => judged },
      redact: (input) => {
        seen.push(input);
        return redactSnapshot(input);
      },
    });
    await finishCapture({ ...capture, surroundings: ["around"] }, deps);
    expect(seen).toEqual([{ snapshot: judged.snapshot, settlement: judged.settlement, surroundings: ["around"] }]);
    expect(kept[0]?.event).toMatchObject({ snapshot: { history: [], definitions: [] } });
  });

  it("carries no edit from before consent was given, though the editor was followed for something else then", async () => {
    const { deps, kept } = finishing({ consent: () => ({ textVersion: 3, at: "2025-12-31T12:00:00.000Z" }) });
    const [entry] = validSnapshot.history;
    if (!entry) throw new Error("the sample has none");
    const begun = (startedAt: string) => ({ ...entry, startedAt, endedAt: "2025-12-31T13:00:00.000Z" });
    const history = [begun("2025-12-31T11:59:59.999Z"), begun("2025-12-31T12:00:00.000Z")];
    await finishCapture({ ...capture, snapshot: { ...capture.snapshot, history } }, deps);
    expect(kept[0]?.event).toMatchObject({ snapshot: { history: history.slice(1) } });
  });

  it("carries no secret that redaction finds", async () => {
    const { deps, kept } = finishing();
    const secret = "ghp_".concat("a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    await finishCapture({ ...capture, settlement: { ...validSettlement, text: `token = "${secret}"\n` } }, deps);
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain(secret);
  });
});

describe("nothing is kept", () => {
  it("where the gate refuses the document: it is not even redacted", async () => {
    const { deps, kept } = finishing({
      gate: {
        judgeFiles: async ({ snapshot, settlement }) => ({ document: refusal, removed: [], snapshot, settlement }),
      },
      redact: () => {
        throw new Error("redacted what was refused");
      },
    });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "refused", refusal });
    expect(kept).toEqual([]);
  });

  it("where a secret is left after redaction", async () => {
    const { deps, kept } = finishing({ gate: { judgeSecrets: () => refusal } });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "refused", refusal });
    expect(kept).toEqual([]);
  });

  it("where redaction refuses, and that is counted", async () => {
    const { deps, kept, gaveUp } = finishing({ redact: () => ({ ok: false, reason: "tooManySecrets" }) });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "gaveUp", reason: "notRedactable" });
    expect([kept, gaveUp]).toEqual([[], ["notRedactable"]]);
  });

  it("where what came out is no valid event, and that is counted", async () => {
    const { deps, kept, gaveUp } = finishing({
      redact: ({ snapshot, settlement }) => ({
        ok: true,
        snapshot: { ...snapshot, cursor: -1 },
        settlement,
        rest: undefined,
        counts: {},
        changed: true,
      }),
    });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "gaveUp", reason: "notValid" });
    expect([kept, gaveUp]).toEqual([[], ["notValid"]]);
  });

  it("where consent is withdrawn while it was redacted", async () => {
    let given = true;
    const { deps, kept } = finishing({
      redact: async (input) => {
        given = false;
        return redactSnapshot(input);
      },
      consent: () => (given ? { textVersion: 3, at: "2025-12-31T00:00:00.000Z" } : undefined),
    });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "withdrawn" });
    expect(kept).toEqual([]);
  });

  it("where the gate would not open it any more", async () => {
    const { deps, kept } = finishing({ gate: { mayOpen: () => false } });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "withdrawn" });
    expect(kept).toEqual([]);
  });

  it("where it was captured before consent was given, also if it was withdrawn and given again meanwhile", async () => {
    const { deps, kept } = finishing({ consent: () => ({ textVersion: 3, at: "2026-01-01T00:00:00.001Z" }) });
    expect(await finishCapture(capture, deps)).toEqual({ kind: "withdrawn" });
    expect(kept).toEqual([]);
  });

  it("where the gate cannot look, which is thrown on", async () => {
    const { deps, kept } = finishing({ gate: { judgeFiles: () => Promise.reject(new Error("EIO")) } });
    await expect(finishCapture(capture, deps)).rejects.toThrow("EIO");
    expect(kept).toEqual([]);
  });

  it("where the outbox cannot write, which is thrown on", async () => {
    const { deps } = finishing({ append: () => Promise.reject(new Error("ENOSPC")) });
    await expect(finishCapture(capture, deps)).rejects.toThrow("ENOSPC");
  });
});
