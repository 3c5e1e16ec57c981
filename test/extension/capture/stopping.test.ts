/** Capture is interrupted: consent, a snooze, a policy. Nothing of before, and nothing of meanwhile, is held or comes out. */
import { describe, expect, it } from "vitest";
import { captureHarness, folder, numberedLines, uriOf } from "./harness.ts";

const other = "file:///other";

describe("a folder that is followed no more", () => {
  it("ends its captures, and says why", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(20));
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(300);
    h.capture.stopped(folder);
    expect(h.gaveUp).toEqual([{ reason: "stopped", uri: uriOf("a.ts"), predictionId: undefined }]);
    await h.clock.advanceAsync(60_000);
    expect(h.settled).toEqual([]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("is forgotten with the edits of its closed documents: what comes later has no history of before", async () => {
    const h = captureHarness();
    h.open("a.ts", "one\n");
    h.open("b.ts", "two\n");
    h.edit("b.ts", 0, 0, "b");
    h.capture.closed(uriOf("b.ts"));
    h.edit("a.ts", 0, 0, "a");
    h.capture.stopped(folder);
    expect(h.edit("a.ts", 0, 0, "s")).toBe("unknownDocument");

    h.open("a.ts", "aone\n");
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(300);
    const history = h.capture.lastSnapshot()?.snapshot.history ?? [];
    expect(history).toHaveLength(1);
    expect(history[0]?.diff).toContain("+yaone");
  });

  it("keeps no snapshot to be shown", async () => {
    const h = captureHarness();
    h.open("a.ts", "one\n");
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    expect(h.capture.lastSnapshot()).not.toBeNull();
    h.capture.stopped(folder);
    expect(h.capture.lastSnapshot()).toBeNull();
  });

  it("lets a context that comes late change nothing", async () => {
    let bring: () => void = () => undefined;
    const h = captureHarness({
      gather: () =>
        new Promise((resolve) => {
          bring = () => resolve({ definitions: [], repo: undefined, leftOut: {} });
        }),
    });
    h.open("a.ts", "one\n");
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    h.capture.stopped(folder);
    bring();
    await h.clock.advanceAsync(60_000);
    expect([h.settled, h.capture.lastSnapshot()]).toEqual([[], null]);
  });

  it("leaves another folder's captures and history alone", async () => {
    const h = captureHarness();
    h.open("a.ts", "one\n");
    h.open("b.ts", "two\n", other);
    h.edit("b.ts", 0, 0, "b");
    await h.clock.advanceAsync(300);
    h.capture.stopped(folder);
    expect(h.capture.openCaptures()).toHaveLength(1);
    await h.clock.advanceAsync(10_000);
    expect(h.settled.map(({ snapshot }) => snapshot.history.length)).toEqual([1]);
  });
});

describe("a document that has gone by another name since", () => {
  it("takes its edits along: nobody can judge any more what it became", async () => {
    const h = captureHarness();
    h.open("new.txt", "");
    h.edit("new.txt", 0, 0, "PASSWORD=1");
    h.capture.renamed((uri) => uri === uriOf("new.txt"));
    h.open("a.ts", "one\n");
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    expect(h.capture.lastSnapshot()?.snapshot.history.map(({ path }) => path)).toEqual(["a.ts"]);
    expect(h.edit("new.txt", 0, 0, "2")).toBe("unknownDocument");
  });

  it("also where it was closed before, and as a folder with all that is in it", async () => {
    const h = captureHarness();
    for (const path of ["src/b.ts", "srcs/c.ts"]) {
      h.open(path, "");
      h.edit(path, 0, 0, "text");
      h.capture.closed(uriOf(path));
    }
    h.capture.renamed((uri) => uri.startsWith(`${uriOf("src")}/`));
    h.open("a.ts", "one\n");
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    expect(h.capture.lastSnapshot()?.snapshot.history.map(({ path }) => path)).toEqual(["srcs/c.ts", "a.ts"]);
  });
});

describe("a document that was closed", () => {
  const key = ["-----BEGIN PRIVATE KEY-----", ...Array.from({ length: 40 }, (_, at) => `part ${at}`)].join("\n");
  const around = (h: ReturnType<typeof captureHarness>) => h.capture.lastSnapshot()?.surroundings.join("\n") ?? "";

  it("leaves behind what stood around its edits, so that half of a secret is still known for one", async () => {
    const h = captureHarness();
    h.open("b.yaml", key);
    h.edit("b.yaml", key.length, key.length, "y");
    h.capture.closed(uriOf("b.yaml"));
    h.open("a.ts", "one\n");
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    expect(h.capture.lastSnapshot()?.snapshot.history[0]?.diff).not.toContain("BEGIN");
    expect(around(h)).toContain("-----BEGIN PRIVATE KEY-----");
    expect(JSON.stringify(h.capture.lastSnapshot()?.snapshot)).not.toContain("BEGIN");
  });

  it("leaves it to what comes after a capture, too", async () => {
    const h = captureHarness();
    h.open("a.ts", "one\n");
    h.open("b.yaml", key);
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    h.edit("b.yaml", key.length, key.length, "y");
    h.capture.closed(uriOf("b.yaml"));
    await h.clock.advanceAsync(10_000);
    expect(h.settled[0]?.settlement.futureHistory.map(({ path }) => path)).toEqual(["b.yaml"]);
    expect(h.settled[0]?.surroundings.join("\n")).toContain("-----BEGIN PRIVATE KEY-----");
  });
});

describe("what no person does", () => {
  const whole = Array.from({ length: 20 }, (_, line) => `other ${line}\n`).join("");

  it("opens no capture: a file that came anew from a branch, or from a formatter, in bulk", async () => {
    const h = captureHarness();
    const document = h.open("a.ts", numberedLines(20));
    h.edit("a.ts", 0, document.length, whole);
    await h.clock.advanceAsync(1_000);
    expect(h.capture.openCaptures()).toEqual([]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("opens no capture where it came from the disk, however little it is, also if that is known a little later", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(20));
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(100);
    h.capture.reverted(uriOf("a.ts"));
    await h.clock.advanceAsync(1_000);
    expect(h.capture.openCaptures()).toEqual([]);
    h.edit("a.ts", 400, 400, "z");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toHaveLength(1);
  });

  it("does not put off the capture of what a person did just before", async () => {
    const h = captureHarness();
    const document = h.open("a.ts", numberedLines(20));
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(200);
    h.edit("a.ts", 0, document.length, whole);
    await h.clock.advanceAsync(100);
    expect(h.capture.openCaptures()).toHaveLength(1);
  });
});

describe("disposing", () => {
  it("in the middle of a settlement lets nothing out any more", async () => {
    const h = captureHarness({ gather: () => new Promise(() => undefined) });
    h.open("a.ts", "one\n");
    h.edit("a.ts", 0, 0, "a");
    await h.clock.advanceAsync(300);
    h.clock.advance(10_000);
    h.capture.dispose();
    await h.clock.advanceAsync(60_000);
    expect(h.settled).toEqual([]);
  });
});
