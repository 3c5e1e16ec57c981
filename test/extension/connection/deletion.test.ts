/** Having everything deleted: once asked for, it is gone on with until its receipt is there, and never in the way of another. */
import { describe, expect, it } from "vitest";
import type { Client } from "../../../extension/connection/client.ts";
import { carryOutDeletion } from "../../../extension/connection/deletion.ts";
import type { Deletion } from "../../../shared/wire/deletion.ts";
import { manualClock } from "../../doubles/manual-clock.ts";

const id = "0123456789abcdef0123456789abcdef";
type Answer = Awaited<ReturnType<Client["deletion"]>>;
const answered = (state: Deletion["state"]): Answer => ({ kind: "answer", answer: { id, state } as Deletion });
const offline: Answer = { kind: "offline", sentence: "The server cannot be reached." };
const unknown: Answer = {
  kind: "refused",
  status: 404,
  code: "unknown-deletion",
  sentence: "You have no deletion of this id.",
};

function deleting(answers: Answer[]) {
  const clock = manualClock();
  const did: string[] = [];
  const next = async (asked: string) => {
    did.push(asked);
    return answers.shift() ?? offline;
  };
  const sources = {
    clock,
    client: { deleteMyData: () => next("asked"), deletion: (of: string) => next(`looked at ${of}`) },
    remember: async (of: string | undefined) => void did.push(`remembered ${of}`),
    dropWaiting: async () => void did.push("dropped"),
  };
  return { sources, clock, did };
}

describe("a deletion", () => {
  it("drops what waits before it asks, and is remembered until somebody has seen its receipt", async () => {
    const { sources, did } = deleting([answered("done")]);
    expect(await carryOutDeletion(sources, undefined)).toMatchObject({ kind: "inForce", deletion: { state: "done" } });
    expect(did).toEqual(["dropped", "asked", `remembered ${id}`]);
  });

  it("that was begun is looked at again, and nothing is dropped: that waits since", async () => {
    const { sources, did } = deleting([answered("done")]);
    expect(await carryOutDeletion(sources, id)).toMatchObject({ kind: "inForce" });
    expect(did).toEqual([`looked at ${id}`, `remembered ${id}`]);
  });

  it("that is not done is waited for, for a minute", async () => {
    const { sources, clock, did } = deleting(Array.from({ length: 100 }, () => answered("waiting")));
    const carried = carryOutDeletion(sources, undefined);
    await clock.advanceAsync(70_000);
    expect(await carried).toMatchObject({ kind: "inForce", deletion: { state: "waiting" } });
    expect(did.filter((each) => each.startsWith("looked at")).length).toBeLessThan(35);
  });

  it("that failed stays remembered, and says why", async () => {
    const { sources, did } = deleting([offline]);
    expect(await carryOutDeletion(sources, id)).toEqual({ kind: "failed", sentence: "The server cannot be reached." });
    expect(did).not.toContain("remembered undefined");
  });

  it("that the server does not know is forgotten, or nobody could ever ask for another one there", async () => {
    const { sources, did } = deleting([unknown]);
    expect(await carryOutDeletion(sources, id)).toEqual({ kind: "unknown" });
    expect(did).toEqual([`looked at ${id}`, "remembered undefined"]);
  });
});
