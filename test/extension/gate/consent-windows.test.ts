/** Consent over a real disk, which several windows have open: what one takes away, all have lost. */
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEnvelopes } from "../../../extension/capture/envelope.ts";
import { finishCapture } from "../../../extension/capture/finish.ts";
import { dropWithdrawn } from "../../../extension/editor/withdrawal.ts";
import type { ConsentSwitch } from "../../../extension/gate/consent.ts";
import { createConsent } from "../../../extension/gate/consent.ts";
import { consentFiles } from "../../../extension/gate/consent-files.ts";
import { watchConsent } from "../../../extension/gate/consent-watch.ts";
import { snapshotSettled } from "../../../shared/records/event.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { validEvents } from "../../shared/records/valid.ts";
import { memoryDisk } from "../outbox/memory-files.ts";
import { eventOf, openWindow } from "../outbox/support.ts";

const folder = "file:///work/shop";
const me = "contributor-1";
let place: string;

beforeEach(async () => {
  place = join(await mkdtemp(join(tmpdir(), "stillpoint-consent-")), "consent");
});
afterEach(() => rm(join(place, ".."), { recursive: true }));

/** @param outbox that all windows share */
async function windowOver(disk = memoryDisk(), pid = 1, key = "this person's") {
  const clock = manualClock();
  const store = consentFiles(place, () => key);
  const consent = createConsent(store, clock, (each) => watch.adopt(each));
  const outbox = await openWindow({ disk, pid, clock });
  const heard: { folder: string; off: readonly ConsentSwitch[] }[] = [];
  const drops: Promise<number>[] = [];
  const watch = watchConsent({
    consent,
    clock,
    folders: () => [folder],
    changed: (of, off) => {
      heard.push({ folder: of, off });
      drops.push(dropWithdrawn(outbox, of, off));
    },
  });
  return { clock, store, consent, outbox, heard, drops, watch };
}

describe("consent in two windows", () => {
  it("is what the other has written last, at the next decision", async () => {
    const [here, there] = [await windowOver(), await windowOver()];
    await here.consent.choose(folder, ["snapshots", "outcomes"], me);
    expect(there.consent.state(folder, "snapshots", me)).toBe("given");
    expect(there.consent.folders()).toEqual([folder]);
    await here.consent.choose(folder, ["outcomes"], me);
    expect(there.consent.state(folder, "snapshots", me)).toBe("off");
    expect(there.consent.state(folder, "outcomes", me)).toBe("given");
    await there.consent.choose(folder, [], me);
    expect(here.consent.state(folder, "outcomes", me)).toBe("off");
    expect(here.consent.folders()).toEqual([]);
    expect(await readdir(place)).toEqual([]);
  });

  it("is none where somebody else wrote it: a container's image comes with whatever its repository put there", async () => {
    const [theirs, ours] = [await windowOver(memoryDisk(), 1, "another's"), await windowOver()];
    await theirs.consent.choose(folder, ["snapshots"], undefined);
    expect(await readdir(place)).toHaveLength(1);
    expect(ours.consent.state(folder, "snapshots", undefined)).toBe("off");
    expect(ours.consent.given(folder, "snapshots")).toBeUndefined();
    expect(ours.consent.folders()).toEqual([]);
    await ours.consent.claim(me);
    expect(ours.consent.state(folder, "snapshots", me)).toBe("off");
    await ours.consent.choose(folder, ["outcomes"], me);
    expect(ours.consent.state(folder, "snapshots", me)).toBe("off");
    expect(ours.consent.state(folder, "outcomes", me)).toBe("given");
  });

  it("is of each folder for itself, also where both write at once", async () => {
    const [here, there] = [await windowOver(), await windowOver()];
    const other = "file:///work/web";
    await Promise.all([here.consent.choose(folder, ["snapshots"], me), there.consent.choose(other, ["ratings"], me)]);
    expect([...here.consent.folders()].sort()).toEqual([folder, other]);
    expect(here.consent.state(other, "snapshots", me)).toBe("off");
  });

  it("that one takes back is not given again by the other, which just learns who is connected", async () => {
    const [here, there] = [await windowOver(), await windowOver()];
    await here.consent.choose(folder, ["snapshots"], undefined);
    const claiming = there.consent.claim(me);
    await here.consent.choose(folder, [], undefined);
    await claiming;
    expect(here.consent.state(folder, "snapshots", me)).toBe("off");
    expect(there.consent.state(folder, "snapshots", me)).toBe("off");
    expect(await readdir(place)).toEqual([]);
  });

  it("ends in the other, with what that one made of it and has not sent", async () => {
    const disk = memoryDisk();
    const [here, there] = [await windowOver(disk, 1), await windowOver(disk, 2)];
    await here.consent.choose(folder, ["snapshots", "outcomes"], me);
    await there.clock.advanceAsync(2_000);
    expect(there.heard).toEqual([{ folder, off: [] }]);
    await here.consent.choose(folder, ["outcomes"], me);
    // Came behind what the first window dropped.
    await there.outbox.append(eventOf("snapshot.settled", "src/a.ts"), folder);
    await there.outbox.append(eventOf("prediction.outcome"), folder);
    await there.outbox.append(eventOf("snapshot.settled", "src/b.ts"), "file:///work/web");
    await there.clock.advanceAsync(2_000);
    expect(there.heard.slice(1)).toEqual([{ folder, off: ["snapshots"] }]);
    expect(await Promise.all(there.drops)).toEqual([0, 1]);
    expect((await here.outbox.pending()).map(({ type, path }) => path ?? type)).toEqual([
      "prediction.outcome",
      "src/b.ts",
    ]);
    // Its own doing is no news to the window that did it.
    await here.clock.advanceAsync(10_000);
    expect(here.heard).toEqual([]);
  });

  it("ends for a capture that is on its way to the outbox there", async () => {
    const disk = memoryDisk();
    const [here, there] = [await windowOver(disk, 1), await windowOver(disk, 2)];
    await here.consent.choose(folder, ["snapshots"], me);
    const { snapshot, settlement } = snapshotSettled.parse(validEvents.find(({ type }) => type === "snapshot.settled"));
    const capture = { uri: `${folder}/a.ts`, folder, snapshot, settlement, surroundings: [], files: [], leftOut: {} };
    const finished = await finishCapture(capture, {
      gate: {
        judgeFiles: async () => ({ document: { ok: true }, removed: [], snapshot, settlement }),
        judgeSecrets: () => ({ ok: true }),
        mayOpen: () => true,
      },
      redact: async () => {
        await here.consent.choose(folder, [], me);
        return { ok: true, snapshot, settlement, known: [] } as never;
      },
      envelopes: createEnvelopes({ clock: there.clock, randomBytes: (count) => new Uint8Array(count) }),
      consent: (of) => there.consent.given(of, "snapshots"),
      append: there.outbox.append,
      gaveUp: () => undefined,
    });
    expect(finished).toEqual({ kind: "withdrawn" });
    expect(await here.outbox.pending()).toEqual([]);
  });
});

describe("consent on the disk", () => {
  it("is for its owner alone, and outlives the window", async () => {
    const { consent } = await windowOver();
    await consent.choose(folder, ["snapshots"], me);
    const [name = ""] = await readdir(place);
    if (process.platform !== "win32") expect((await stat(join(place, name))).mode & 0o077).toBe(0);
    expect((await windowOver()).consent.state(folder, "snapshots", me)).toBe("given");
  });

  it("counts for nothing where it cannot be read, and throws at nobody who decides", async () => {
    await writeFile(place, "a file where the folder would be");
    const { consent } = await windowOver();
    expect(consent.state(folder, "snapshots", me)).toBe("off");
    expect(consent.folders()).toEqual([]);
    await expect(consent.choose(folder, ["snapshots"], me)).rejects.toThrow();
    expect(consent.state(folder, "snapshots", me)).toBe("off");
  });

  it("counts for nothing where what is there is none, or is another folder's", async () => {
    const { consent, store } = await windowOver();
    await consent.choose(folder, ["snapshots"], me);
    const [name = ""] = await readdir(place);
    const switches = store.get(folder);
    for (const text of ["", "{", "[]", "null", JSON.stringify({ folder: "file:///else", switches })]) {
      await writeFile(join(place, name), text);
      expect(consent.state(folder, "snapshots", me)).toBe("off");
    }
  });
});
