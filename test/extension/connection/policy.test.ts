/** The policy that the editor goes by: the server's last word, also while it is away, and nobody else's. */
import { describe, expect, it } from "vitest";
import type { PolicyResult } from "../../../extension/connection/client.ts";
import { createPolicyKeeper } from "../../../extension/connection/policy.ts";
import type { PolicyAnswer } from "../../../shared/wire/policy.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";

const origin = "https://stillpoint.example.com";
const answer: PolicyAnswer = { version: 3, allowed: true, policy: defaultPolicy };
const paused: PolicyAnswer = { ...answer, version: 4, policy: { ...defaultPolicy, paused: true } };
const offline: PolicyResult = { kind: "offline", sentence: "The server cannot be reached." };

function keeper(
  answers: PolicyResult[],
  stored = new Map<string, unknown>(),
  at = origin,
  fault = unexpected as (error: unknown) => void,
) {
  const clock = manualClock();
  const asked: (string | undefined)[] = [];
  const made = createPolicyKeeper({
    client: {
      origin: at,
      policy: async (etag) => {
        asked.push(etag);
        return answers.shift() ?? offline;
      },
    },
    store: {
      get: (key) => stored.get(key),
      // As a Memento does: as JSON.
      set: async (key, value) =>
        void stored.set(key, value === undefined ? undefined : JSON.parse(JSON.stringify(value))),
    },
    clock,
    random: () => 0.5,
    fault,
  });
  return { made, clock, asked, stored };
}

describe("the policy", () => {
  it("is not known before the server has said it, and that is told with why", async () => {
    const { made } = keeper([offline]);
    expect(made.current()).toMatchObject({ known: false });
    expect(await made.refresh()).toEqual({ known: false, sentence: expect.stringContaining("cannot be reached") });
  });

  it("holds while the server is away, in this session and the next", async () => {
    const { made, stored } = keeper([{ kind: "answer", answer, etag: '"3-a"' }, offline]);
    await made.refresh();
    expect(await made.refresh()).toMatchObject({ known: true, answer });
    const next = keeper([offline], stored);
    expect(next.made.current()).toMatchObject({ known: true, answer });
  });

  it("is asked for by its tag every few minutes, and a change is told once", async () => {
    const first: PolicyResult = { kind: "answer", answer, etag: '"3-a"' };
    const second: PolicyResult = { kind: "answer", answer: paused, etag: '"4-b"' };
    const { made, clock, asked } = keeper([first, { kind: "unchanged" }, second, second]);
    let changes = 0;
    made.onChange(() => {
      changes += 1;
    });
    made.start();
    await clock.advanceAsync(0);
    expect(made.current()).toMatchObject({ answer });
    await clock.advanceAsync(900_000);
    expect(asked).toEqual([undefined, '"3-a"', '"3-a"', '"4-b"']);
    expect(made.current()).toMatchObject({ answer: { policy: { paused: true } } });
    expect(changes).toBe(2);
    made.dispose();
    expect(clock.pendingTimers).toBe(0);
  });

  it("is asked for again soon when the server did not answer", async () => {
    const { made, clock, asked } = keeper([offline, { kind: "answer", answer, etag: undefined }]);
    made.start();
    await clock.advanceAsync(2_000);
    expect(asked).toHaveLength(2);
    expect(made.current().known).toBe(true);
  });

  it("that the store does not take holds all the same, which is told, and is asked for again", async () => {
    const told: unknown[] = [];
    const full = new Error("no room");
    const stored = Object.assign(new Map<string, unknown>(), {
      set() {
        throw full;
      },
    });
    const { made, clock, asked } = keeper([{ kind: "answer", answer, etag: undefined }], stored, origin, (error) =>
      told.push(error),
    );
    made.start();
    await clock.advanceAsync(300_000);
    expect(made.current()).toMatchObject({ known: true, answer });
    expect(told).toEqual([full]);
    expect(asked).toHaveLength(2);
  });

  it("of another server, or in another form, is none", () => {
    const kept = { origin, answer, checkedAt: "2026-01-31T09:05:00.123Z" };
    expect(keeper([], new Map([["policy", kept]])).made.current().known).toBe(true);
    expect(keeper([], new Map([["policy", kept]]), "https://other.example.com").made.current().known).toBe(false);
    expect(keeper([], new Map([["policy", { ...kept, answer: { allowed: true } }]])).made.current().known).toBe(false);
  });

  it("that was another token's is forgotten, also when its answer is still on the way", async () => {
    const { made, stored } = keeper([
      { kind: "answer", answer, etag: undefined },
      { kind: "answer", answer: paused, etag: undefined },
    ]);
    await made.refresh();
    const late = made.refresh();
    await made.forget();
    await late;
    expect(made.current().known).toBe(false);
    expect(stored.get("policy")).toBeUndefined();
  });
});
