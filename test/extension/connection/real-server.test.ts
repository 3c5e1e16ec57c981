/** The client against the companion server itself: the policy, what is stored of one, and its deletion with a receipt. */
import { describe, expect, it } from "vitest";
import { checkReceipt } from "../../../extension/connection/receipt.ts";
import { sharedTestServer, someEvent } from "../../server/http/support.ts";
import { clientFor } from "./support.ts";

describe("the companion server", () => {
  const server = sharedTestServer();

  async function someone() {
    const { secret, contributor } = await server().token("contributor");
    const client = clientFor(server().url, { token: async () => secret });
    const events = [someEvent(), someEvent("consent.changed")].map((event) => ({
      id: event.id,
      json: JSON.stringify(event),
    }));
    return { client, contributor, events };
  }

  it("stores events once, and says so", async () => {
    const { client, events } = await someone();
    expect(await client.sendEvents(events)).toEqual({
      kind: "answer",
      verdicts: events.map(({ id }) => ({ id, status: "stored" })),
    });
    expect(await client.sendEvents(events)).toEqual({
      kind: "answer",
      verdicts: events.map(({ id }) => ({ id, status: "duplicate" })),
    });
  });

  it("gives its policy once, and then says that it holds", async () => {
    const { client } = await someone();
    const first = await client.policy();
    expect(first).toMatchObject({ kind: "answer", answer: { allowed: true, policy: { paused: false } } });
    if (first.kind !== "answer") return;
    expect(await client.policy(first.etag)).toEqual({ kind: "unchanged" });
  });

  it("says what is stored of one", async () => {
    const { client, contributor, events } = await someone();
    await client.sendEvents(events);
    expect(await client.me()).toMatchObject({ kind: "answer", answer: { contributor, stored: { events: 2 } } });
  });

  it("deletes what is stored of one, with a receipt that can be checked and not be changed", async () => {
    const { client, contributor, events } = await someone();
    await client.sendEvents(events);
    const deleted = await client.deleteMyData();
    const key = await client.receiptKey();
    if (deleted.kind !== "answer" || key.kind !== "answer") throw new Error("the server answers");
    const { id, state, receipt: signed } = deleted.answer;
    expect(state).toBe("done");
    expect(await client.deletion(id)).toEqual({ kind: "answer", answer: deleted.answer });
    if (signed === undefined) throw new Error("what is done has a receipt");
    const facts = { publicKey: key.answer.publicKey, deletionId: id, contributor };
    expect(checkReceipt(signed, facts)).toEqual({ ok: true });
    expect(signed.receipt.deleted["events.snapshot.settled"]).toBe(1);

    const sentenceOf = (...args: Parameters<typeof checkReceipt>) => {
      const check = checkReceipt(...args);
      return check.ok ? "" : check.sentence;
    };
    const changed = { ...signed, receipt: { ...signed.receipt, deleted: {} } };
    expect(sentenceOf(changed, facts)).toContain("not what the server signed");
    expect(sentenceOf(signed, { ...facts, publicKey: "A".repeat(43) })).toContain("another key");
    expect(sentenceOf(signed, { ...facts, deletionId: "0".repeat(32) })).toContain("another deletion");
    expect(sentenceOf(signed, { ...facts, contributor: "somebody" })).toContain("another person");
    expect(await client.deletion("0".repeat(32))).toMatchObject({ kind: "refused", status: 404 });
    expect(await client.me()).toMatchObject({ answer: { stored: { events: 0 } } });
  });
});
