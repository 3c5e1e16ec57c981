/** A newer server says more than this client knows: nothing stops because of it. */
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createPolicyKeeper } from "../../../extension/connection/policy.ts";
import { checkReceipt } from "../../../extension/connection/receipt.ts";
import { signedBytes } from "../../../shared/receipt-signature.ts";
import type { Receipt } from "../../../shared/wire/deletion.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { clientFor, json, startWireServer } from "./support.ts";

const at = "2026-01-31T09:05:00.000Z";

/** Counts by kind, whatever the kinds are. */
const maps = ["byType", "deleted"];

/** The same with a field that nobody knows in every object. */
function newer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(newer);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, maps.includes(key) ? each : newer(each)]);
  return { ...Object.fromEntries(entries), sinceThen: "more" };
}

/** A client that gets this as the one answer. */
async function answered(body: unknown) {
  const server = await startWireServer();
  server.faults.push((_heard, response) => json(response, 200, body));
  return clientFor(server.url);
}

const person = {
  contributor: "contributor-1",
  token: { id: "t", role: "contributor" },
  stored: { events: 1, bytes: 2, byType: {} },
};

describe("an answer that says more than is known", () => {
  it("of events counts for what is known of it", async () => {
    const results = [
      { status: "stored", id: "a" },
      { status: "refused", id: "b", code: "policy", detail: "Not allowed." },
    ];
    const client = await answered(newer({ stored: 1, duplicate: 0, refused: 1, results }));
    const sent = await client.sendEvents([
      { id: "a", json: "{}" },
      { id: "b", json: "{}" },
    ]);
    expect(sent).toMatchObject({ kind: "answer", verdicts: results });
  });

  it("of who asks, too", async () => {
    expect(await (await answered(newer(person))).me()).toMatchObject({ kind: "answer", answer: person });
  });

  it("is still held to what is known", async () => {
    const wrong = { ...person, stored: { ...person.stored, events: -1 } };
    expect(await (await answered(newer(wrong))).me()).toMatchObject({ kind: "foreign" });
    expect(await (await answered(newer({ ...person, token: undefined }))).me()).toMatchObject({ kind: "foreign" });
  });

  it("of the policy is heard, and kept for the next session", async () => {
    const policyBody = newer({ version: 1, allowed: true, policy: { ...defaultPolicy, paused: true } });
    const client = await answered(policyBody);
    const stored = new Map<string, unknown>();
    const store = {
      get: (key: string) => stored.get(key),
      set: async (key: string, value: unknown) => void stored.set(key, JSON.parse(JSON.stringify(value))),
    };
    const sources = { client, store, clock: manualClock(), random: () => 0, fault: unexpected };
    const heard = { known: true, answer: { policy: { paused: true } } };
    expect(await createPolicyKeeper(sources).refresh()).toMatchObject(heard);
    expect(createPolicyKeeper(sources).current()).toMatchObject(heard);
  });

  it("of a deletion has a receipt whose signature still holds: it was given for all of it", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const x = publicKey.export({ format: "jwk" }).x ?? "";
    const id = "0".repeat(32);
    const receipt = newer({
      ...{ schema: 1, id, contributor: "contributor-1", by: "contributor", requestedAt: at, completedAt: at },
      ...{ refusesBefore: at, deleted: { events: 1 }, datasets: [], backups: [], notes: ["It is."] },
    }) as Receipt;
    const value = sign(null, signedBytes(receipt), privateKey).toString("base64url");
    const signed = { receipt, signature: { algorithm: "Ed25519", publicKey: x, value } };
    const done = {
      id,
      contributor: "contributor-1",
      by: "contributor",
      requestedAt: at,
      state: "done",
      receipt: signed,
    };
    const answer = await (await answered(done)).deletion(id);
    if (answer.kind !== "answer" || !answer.answer.receipt) throw new Error("the answer is understood");
    const facts = { publicKey: x, deletionId: id, contributor: "contributor-1" };
    expect(checkReceipt(answer.answer.receipt, facts)).toEqual({ ok: true });
  });
});
