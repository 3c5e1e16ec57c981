/** Switching on and off, down to the outbox on the disk. */
import { describe, expect, it } from "vitest";
import { createEnvelopes } from "../../../extension/capture/envelope.ts";
import { decide } from "../../../extension/editor/consent-commands.ts";
import { consentTextVersion, createConsent } from "../../../extension/gate/consent.ts";
import type { Event } from "../../../shared/records/event.ts";
import { manualClock } from "../../doubles/manual-clock.ts";

const folder = "file:///work";

function deciding() {
  const clock = manualClock();
  const stored = new Map<string, unknown>();
  const disk = { fails: false };
  const store = {
    get: (key: string) => stored.get(key),
    set: async (key: string, value: unknown) => {
      if (disk.fails) throw new Error("ENOSPC");
      stored.set(key, value);
    },
    folders: () => [...stored.keys()],
  };
  const consent = createConsent(store, clock, () => undefined);
  const appended: Event[] = [];
  const drops: { readonly types: readonly string[]; readonly wasOn: boolean }[] = [];
  const sources = {
    consent,
    envelopes: createEnvelopes({ clock, randomBytes: (count) => new Uint8Array(count) }),
    outbox: {
      append: async (event: Event) => void appended.push(event),
      drop: async ({ types = [] }: { folder?: string; types?: readonly string[] }) => {
        drops.push({ types, wasOn: consent.state(folder, "snapshots", undefined) === "given" });
        return 3;
      },
    },
    contributor: () => "contributor-1",
  };
  return { sources, appended, drops, disk, consent };
}

describe("a decision", () => {
  it("tells the server of each switch that moved, and of no other", async () => {
    const { sources, appended } = deciding();
    expect(await decide(sources, folder, ["snapshots"])).toEqual({ given: ["snapshots"], withdrawn: [], dropped: 0 });
    await decide(sources, folder, ["snapshots"]);
    await decide(sources, folder, []);
    expect(appended).toMatchObject([
      { type: "consent.changed", switch: "snapshots", to: true },
      { type: "consent.changed", switch: "snapshots", to: false },
    ]);
  });

  it("records no consent to what this version does nothing under, and takes back what was recorded before", async () => {
    const { sources, appended, consent } = deciding();
    await consent.choose(folder, ["ratings"], "contributor-1");
    const decided = await decide(sources, folder, ["snapshots", "outcomes", "ratings", "predictions"]);
    expect(decided).toMatchObject({ given: ["snapshots"], withdrawn: ["ratings"] });
    for (const purpose of ["outcomes", "ratings", "predictions"] as const) {
      expect(consent.given(folder, purpose)).toBeUndefined();
    }
    expect(appended).toMatchObject([
      { switch: "snapshots", to: true },
      { switch: "ratings", to: false },
    ]);
  });

  it("for a newer text, or by another person, is told to the server, too", async () => {
    const { sources, appended, drops } = deciding();
    await decide({ ...sources, contributor: () => "contributor-2" }, folder, ["snapshots"]);
    expect(await decide(sources, folder, ["snapshots"])).toMatchObject({ given: ["snapshots"], withdrawn: [] });
    expect(await decide(sources, folder, ["snapshots"])).toMatchObject({ given: [], withdrawn: [] });
    const told = { type: "consent.changed", switch: "snapshots", to: true, textVersion: consentTextVersion };
    expect(appended).toMatchObject([told, told]);
    expect(drops).toEqual([]);
  });

  it("against a switch drops what waits under it, once nothing more can come", async () => {
    const { sources, drops } = deciding();
    await decide(sources, folder, ["snapshots"]);
    expect(await decide(sources, folder, [])).toEqual({ given: [], withdrawn: ["snapshots"], dropped: 3 });
    expect(drops).toEqual([{ types: ["snapshot.settled", "prediction.made"], wasOn: false }]);
  });

  it("against a switch drops what waits also where it cannot be written down, and counts until the window closes", async () => {
    const { sources, drops, disk, consent } = deciding();
    await decide(sources, folder, ["snapshots"]);
    disk.fails = true;
    await expect(decide(sources, folder, [])).rejects.toThrow("ENOSPC");
    expect(drops).toHaveLength(1);
    expect(consent.state(folder, "snapshots", "contributor-1")).toBe("off");
  });
});
