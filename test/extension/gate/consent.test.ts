/** What a person agreed to, and when it counts; snoozing; what is kept of refusals. */
import { describe, expect, it, vi } from "vitest";
import type { ConsentStore } from "../../../extension/gate/consent.ts";
import { consentSwitches, consentTextVersion, createConsent } from "../../../extension/gate/consent.ts";
import { gateRules, refuseIn } from "../../../extension/gate/refusal.ts";
import { createRefusals } from "../../../extension/gate/refusals.ts";
import { createSnooze } from "../../../extension/gate/snooze.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { manualClock } from "../../doubles/manual-clock.ts";

const folder = "file:///work/shop";
const me = "contributor-1";

/** As the files: values are copies by way of JSON, and another window sees what this one wrote. */
function memento(): ConsentStore & { readonly values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  return {
    values,
    get: (key) => values.get(key),
    set: async (key, value) => {
      if (value === undefined) values.delete(key);
      else values.set(key, JSON.parse(JSON.stringify(value)));
    },
    folders: () => [...values.keys()],
  };
}

function consentOver(store: ConsentStore = memento()) {
  return createConsent(store, manualClock(), () => undefined);
}

describe("consent", () => {
  it("is off for every switch until it is given", () => {
    const consent = consentOver();
    for (const purpose of consentSwitches) expect(consent.state(folder, purpose, me)).toBe("off");
    expect(consent.folders()).toEqual([]);
  });

  it("is given by switch and by folder, with the text's version and the time", async () => {
    const consent = consentOver();
    expect(await consent.choose(folder, ["snapshots"], me)).toEqual(["snapshots"]);
    expect(consent.state(folder, "snapshots", me)).toBe("given");
    expect(consent.state(`${folder}/`, "snapshots", me)).toBe("given");
    expect(consent.state(folder, "predictions", me)).toBe("off");
    expect(consent.state("file:///work/shopping", "snapshots", me)).toBe("off");
    expect(consent.given(folder, "snapshots")).toEqual({
      textVersion: consentTextVersion,
      at: "2026-01-01T00:00:00.000Z",
      by: me,
    });
    expect(consent.folders()).toEqual([folder]);
  });

  it("does not count once the text says more", async () => {
    const store = memento();
    await consentOver(store).choose(folder, ["snapshots"], me);
    for (const [key, value] of store.values) {
      store.values.set(key, JSON.parse(JSON.stringify(value).replace(/"textVersion":\d+/u, '"textVersion":0')));
    }
    expect(consentOver(store).state(folder, "snapshots", me)).toBe("outdated");
  });

  it("is the person's who gave it, and of who connects first where nobody was", async () => {
    const consent = consentOver();
    await consent.choose(folder, ["snapshots"], undefined);
    expect(consent.state(folder, "snapshots", me)).toBe("given");
    await consent.claim(me);
    expect(consent.state(folder, "snapshots", me)).toBe("given");
    expect(consent.state(folder, "snapshots", "contributor-2")).toBe("otherPerson");
  });

  it("of one person counts for nobody where it is not known who would send: another server's address was entered", async () => {
    const consent = consentOver();
    await consent.choose(folder, ["snapshots"], me);
    expect(consent.state(folder, "snapshots", undefined)).toBe("otherPerson");
  });

  it("counts for nothing where what is stored is no consent", () => {
    for (const spoilt of [true, "yes", { snapshots: true }, { snapshots: { textVersion: 1 } }, { everything: {} }]) {
      const store = memento();
      store.values.set(folder, spoilt);
      expect(consentOver(store).state(folder, "snapshots", me)).toBe("off");
    }
  });

  it("is withdrawn at once, however slow the disk, and stays so where writing fails", async () => {
    const store = memento();
    const consent = consentOver(store);
    await consent.choose(folder, ["snapshots", "outcomes"], me);
    const broken = { ...store, set: () => Promise.reject(new Error("no room")) };
    const reopened = consentOver(broken);
    const withdrawing = reopened.choose(folder, ["outcomes"], me);
    expect(reopened.state(folder, "snapshots", me)).toBe("off");
    expect(reopened.state(folder, "outcomes", me)).toBe("given");
    await expect(withdrawing).rejects.toThrow("no room");
    expect(reopened.state(folder, "snapshots", me)).toBe("off");
  });

  it("is not given before it is written", async () => {
    const store = memento();
    const consent = consentOver({ ...store, set: () => Promise.reject(new Error("no room")) });
    await expect(consent.choose(folder, ["snapshots"], me)).rejects.toThrow("no room");
    expect(consent.state(folder, "snapshots", me)).toBe("off");
  });

  it("is seen by another window, and so is its end", async () => {
    const store = memento();
    const [here, there] = [consentOver(store), consentOver(store)];
    await here.choose(folder, ["snapshots"], me);
    expect(there.state(folder, "snapshots", me)).toBe("given");
    await here.choose(folder, [], me);
    expect(there.state(folder, "snapshots", me)).toBe("off");
    expect(there.folders()).toEqual([]);
  });

  it("is said to be given anew to a newer text, and by another person, with the time of that", async () => {
    const clock = manualClock();
    const store = memento();
    const consent = createConsent(store, clock, () => undefined);
    await consent.choose(folder, ["snapshots", "ratings"], me);
    clock.advance(60_000);
    expect(await consent.choose(folder, ["snapshots", "ratings"], me)).toEqual([]);
    expect(await consent.choose(folder, ["snapshots"], "contributor-2")).toEqual(["snapshots", "ratings"]);
    expect(consent.given(folder, "snapshots")).toMatchObject({ by: "contributor-2", at: "2026-01-01T00:01:00.000Z" });
    const old = { snapshots: { ...consent.given(folder, "snapshots"), textVersion: 0 } };
    store.values.set(folder, old);
    expect(await consent.choose(folder, ["snapshots"], "contributor-2")).toEqual(["snapshots"]);
    expect(consent.state(folder, "snapshots", "contributor-2")).toBe("given");
  });

  it("keeps the time of what stays on, and says what moved", async () => {
    const clock = manualClock();
    const changed = vi.fn();
    const consent = createConsent(memento(), clock, changed);
    await consent.choose(folder, ["snapshots"], me);
    clock.advance(60_000);
    expect(await consent.choose(folder, ["snapshots", "ratings"], me)).toEqual(["ratings"]);
    expect(consent.given(folder, "snapshots")?.at).toBe("2026-01-01T00:00:00.000Z");
    expect(consent.given(folder, "ratings")?.at).toBe("2026-01-01T00:01:00.000Z");
    expect(changed).toHaveBeenCalledTimes(2);
  });
});

describe("a snooze", () => {
  it("ends by itself, and says so", () => {
    const clock = manualClock();
    const changed = vi.fn();
    const snooze = createSnooze(clock, changed);
    expect(snooze.state()).toBeNull();
    snooze.start("short");
    expect(snooze.state()).toEqual({ kind: "until", leftMs: 300_000 });
    clock.advance(299_999);
    expect(snooze.state()).toEqual({ kind: "until", leftMs: 1 });
    clock.advance(1);
    expect(snooze.state()).toBeNull();
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it("of an hour is over on a laptop that slept two", () => {
    const clock = manualClock();
    const snooze = createSnooze(clock, () => undefined);
    snooze.start("long");
    clock.jump(2 * 60 * 60_000);
    expect(snooze.state()).toBeNull();
  });

  it("until restart stays, and the person ends any", () => {
    const clock = manualClock();
    const snooze = createSnooze(clock, () => undefined);
    snooze.start("short");
    snooze.start("restart");
    clock.advance(24 * 60 * 60_000);
    expect(snooze.state()).toEqual({ kind: "restart" });
    snooze.end();
    expect(snooze.state()).toBeNull();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("the book of refusals", () => {
  const refuse = refuseIn(inEnglish);

  it("counts by rule and keeps the last reason by file", () => {
    const clock = manualClock();
    const refusals = createRefusals(clock);
    refusals.add("file:///a", refuse("trust.untrusted"));
    clock.advance(1_000);
    refusals.add("file:///a", refuse("content.binary"));
    refusals.add("file:///b", refuse("content.binary"));
    expect(refusals.counts()).toEqual({
      ...Object.fromEntries(gateRules.map((rule) => [rule, 0])),
      trust: 1,
      content: 2,
    });
    expect(refusals.recent()).toMatchObject([
      { uri: "file:///b", refusal: { rule: "content" } },
      { uri: "file:///a", refusal: { rule: "content" }, at: clock.now() },
    ]);
  });

  it("forgets the oldest of many files, and no count", () => {
    const refusals = createRefusals(manualClock());
    for (let n = 0; n < 600; n++) refusals.add(`file:///${n}`, refuse("content.binary"));
    expect(refusals.recent()).toHaveLength(500);
    expect(refusals.recent().at(-1)?.uri).toBe("file:///100");
    expect(refusals.counts().content).toBe(600);
  });
});
