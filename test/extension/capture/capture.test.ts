/** Capture from the first edit to the settled text: when a point opens, what restarts its clock, and what ends it. */
import { describe, expect, it } from "vitest";
import type { GatheredContext, GatherGuard } from "../../../extension/capture/gather.ts";
import { snapshotId } from "../../../shared/ids.ts";
import type { Harness } from "./harness.ts";
import { captureHarness, folder, numberedLines, uriOf } from "./harness.ts";

const lineBytes = 40;
const origin = { line: 0, character: 0 };
const startOf = (line: number) => line * lineBytes;

/** A capture is open around line 100 of a document of 200 lines. */
async function withOpenCapture(changes: Parameters<typeof captureHarness>[0] = {}): Promise<Harness> {
  const h = captureHarness(changes);
  h.open("a.ts", numberedLines(200));
  h.edit("a.ts", startOf(100), startOf(100), "y");
  await h.clock.advanceAsync(300);
  expect(h.capture.openCaptures()).toHaveLength(1);
  return h;
}

const regionOf = (h: Harness) => h.capture.openCaptures()[0]?.region ?? { start: -1, end: -1 };

describe("a capture point", () => {
  it("opens 300 ms after the last edit, not in the middle of typing", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(200));
    for (let at = 0; at < 5; at++) {
      h.edit("a.ts", startOf(100) + at, startOf(100) + at, "y");
      await h.clock.advanceAsync(299);
      expect(h.capture.openCaptures()).toEqual([]);
    }
    await h.clock.advanceAsync(1);
    expect(h.capture.openCaptures()).toHaveLength(1);
    expect(h.capture.lastSnapshot()?.snapshot.excerpt.text).toContain("yyyyyconst line0100");
  });

  it("opens no second one where an open one covers the region, and one elsewhere", async () => {
    const h = await withOpenCapture();
    h.edit("a.ts", startOf(101), startOf(101), "z");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toHaveLength(1);
    h.edit("a.ts", startOf(10), startOf(10), "z");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toHaveLength(2);
  });

  it("opens none where its region would reach into an open one, though the cursor is outside of that", async () => {
    const h = await withOpenCapture();
    const { end } = regionOf(h);
    h.edit("a.ts", end + lineBytes, end + lineBytes, "z");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toHaveLength(1);
  });

  it("opens for the share of pauses that the policy asks for", async () => {
    const draws = [0.2, 0.3, 0.29];
    const h = captureHarness({ rates: { captures: 0.3, unchanged: 1 }, random: () => draws.shift() ?? 1 });
    h.open("a.ts", numberedLines(200));
    const opened: number[] = [];
    for (const line of [10, 60, 110]) {
      h.edit("a.ts", startOf(line), startOf(line), "y");
      await h.clock.advanceAsync(300);
      opened.push(h.capture.openCaptures().length);
    }
    expect(opened).toEqual([1, 1, 2]);
  });

  it("freezes nothing and asks no language provider while the gate says no", async () => {
    const h = captureHarness({ mayOpen: false });
    const document = h.open("a.ts", numberedLines(200));
    h.edit("a.ts", startOf(100), startOf(100), "y");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toEqual([]);
    expect(h.nodesAskedAt).toEqual([]);
    expect(document.fullCopies).toBe(0);
  });

  it("asks no language provider, and the gate nothing, for a pause that opens none anyway", async () => {
    let asked = 0;
    const h = await withOpenCapture();
    Object.defineProperty(h.state, "mayOpen", { get: () => ++asked > 0 });
    const before = h.nodesAskedAt.length;
    h.edit("a.ts", startOf(101), startOf(101), "z");
    await h.clock.advanceAsync(300);
    h.state.rates = { captures: 0, unchanged: 1 };
    h.edit("a.ts", startOf(10), startOf(10), "z");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toHaveLength(1);
    expect([h.nodesAskedAt.length, asked]).toEqual([before, 0]);
  });

  it("opens none in a document that no editor shows", async () => {
    const h = captureHarness({ cursor: null });
    h.open("a.ts", numberedLines(200));
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toEqual([]);
  });

  it("opens none where the line is longer than a region may be, or holds half of a character", async () => {
    const h = captureHarness();
    h.open("long.ts", "x".repeat(5_000));
    h.edit("long.ts", 0, 0, "y");
    await h.clock.advanceAsync(300);
    h.open("half.ts", "\ud83d\n");
    h.edit("half.ts", 0, 0, "y");
    await h.clock.advanceAsync(300);
    expect(h.capture.openCaptures()).toEqual([]);
    expect(h.faults).toEqual([]);
  });

  it("copies the document at the point, and not while typing", async () => {
    const h = captureHarness();
    const document = h.open("a.ts", numberedLines(200));
    for (let at = 0; at < 50; at++) h.edit("a.ts", startOf(100) + at, startOf(100) + at, "y");
    expect(document.fullCopies).toBe(0);
    await h.clock.advanceAsync(300);
    const copiesAtThePoint = document.fullCopies;
    expect(copiesAtThePoint).toBeGreaterThan(0);
    h.edit("a.ts", startOf(100), startOf(101), "");
    h.edit("a.ts", startOf(100), startOf(100), "z");
    expect(document.fullCopies).toBe(copiesAtThePoint);
  });

  it("takes the smallest syntax node that fits, asked for 150 ms after the edit", async () => {
    const h = captureHarness({
      nodes: [
        { start: { line: 100, character: 0 }, end: { line: 100, character: 10 } },
        { start: { line: 90, character: 0 }, end: { line: 129, character: 39 } },
      ],
    });
    h.open("a.ts", numberedLines(200));
    h.edit("a.ts", startOf(100), startOf(100), "y");
    await h.clock.advanceAsync(300);
    expect(h.nodesAskedAt).toEqual([150]);
    expect(regionOf(h)).toEqual({ start: startOf(90), end: startOf(130) + 1 });
  });

  it("goes by lines where the nodes are of an earlier text, or asking for them failed", async () => {
    const node = { start: { line: 90, character: 0 }, end: { line: 129, character: 39 } };
    const h = captureHarness({ nodes: [node] });
    h.open("a.ts", numberedLines(200));
    h.edit("a.ts", startOf(100), startOf(100), "y");
    await h.clock.advanceAsync(200);
    h.edit("a.ts", startOf(100), startOf(100), "y");
    const answer = await h.capture.requested({
      uri: uriOf("a.ts"),
      position: { line: 100, character: 1 },
      trigger: "explicit",
      predictionId: "p",
    });
    expect(answer).toMatchObject({ ok: true, capture: { snapshot: { excerpt: { startLine: 0 } } } });
    expect(regionOf(h)).not.toEqual({ start: startOf(90), end: startOf(130) + 2 });
  });

  it("asks for nodes again where the cursor moved to another line just before", async () => {
    const h = captureHarness();
    const document = h.open("a.ts", numberedLines(200));
    h.edit("a.ts", startOf(100), startOf(100), "y");
    h.capture.cursorMoved(document.uri);
    await h.clock.advanceAsync(200);
    h.state.cursor = { line: 50, character: 0 };
    h.capture.cursorMoved(document.uri);
    h.capture.cursorMoved(document.uri);
    await h.clock.advanceAsync(100);
    expect(h.nodesAskedAt).toEqual([150, 200]);
  });
});

describe("settling", () => {
  it("comes 10 s after the last edit of the region, and tells what was done", async () => {
    const h = await withOpenCapture();
    await h.clock.advanceAsync(2_700);
    h.edit("a.ts", startOf(100) + 1, startOf(100) + 1, "es");
    await h.clock.advanceAsync(9_999);
    expect(h.settled).toEqual([]);
    await h.clock.advanceAsync(1);
    expect(h.settled).toHaveLength(1);
    const [{ settlement, snapshot } = {}] = h.settled;
    expect(settlement?.text).toContain("yesconst line0100");
    expect(settlement).toMatchObject({
      cursor: (settlement?.text.indexOf("yesconst") ?? 0) + 3,
      waitedMs: 12_700,
      quietMs: 10_000,
      edits: 1,
      unchanged: false,
      provenance: "unknown",
      settledAt: "2026-01-01T00:00:13.000Z",
    });
    expect(settlement?.futureHistory).toHaveLength(1);
    expect(settlement?.futureHistory[0]?.diff).toContain("+yesconst line0100");
    expect(snapshot?.history).toHaveLength(1);
    expect(snapshot?.history[0]?.diff).toContain("+yconst line0100");
    expect(h.capture.openCaptures()).toEqual([]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("is postponed by typing in the region at 9 s", async () => {
    const h = await withOpenCapture();
    await h.clock.advanceAsync(9_000);
    h.edit("a.ts", startOf(100) + 1, startOf(100) + 1, "z");
    await h.clock.advanceAsync(9_999);
    expect(h.settled).toEqual([]);
    await h.clock.advanceAsync(1);
    expect(h.settled).toMatchObject([{ settlement: { waitedMs: 19_000, quietMs: 10_000, edits: 1 } }]);
  });

  it("is not postponed by typing elsewhere in the document, before or behind", async () => {
    const h = await withOpenCapture();
    await h.clock.advanceAsync(9_000);
    h.edit("a.ts", 0, 0, "// z\n");
    h.edit("a.ts", startOf(190), startOf(190), "z");
    await h.clock.advanceAsync(1_000);
    expect(h.settled).toMatchObject([{ settlement: { waitedMs: 10_000, edits: 0, unchanged: true, cursor: null } }]);
  });

  it("is not postponed by typing in another document", async () => {
    const h = await withOpenCapture();
    h.open("b.ts", "one\n");
    await h.clock.advanceAsync(9_000);
    h.edit("b.ts", 0, 0, "z");
    await h.clock.advanceAsync(1_000);
    expect(h.settled).toHaveLength(1);
  });

  it.each([
    ["whose monotonic clock stands still meanwhile", (h: Harness) => h.clock.jump(3_600_000)],
    ["whose monotonic clock goes on", (h: Harness) => h.sleep(120_000)],
  ])("does not come by waking a laptop that slept, %s", async (_, sleep) => {
    const h = await withOpenCapture();
    await h.clock.advanceAsync(3_000);
    sleep(h);
    await h.clock.advanceAsync(6_000);
    expect(h.settled).toEqual([]);
    await h.clock.advanceAsync(1_000);
    expect(h.settled).toHaveLength(1);
  });

  it("keeps what stayed unchanged at the policy's rate, and counts the rest", async () => {
    const draws = [0, 0.1, 0, 0.09];
    const h = captureHarness({ rates: { captures: 1, unchanged: 0.1 }, random: () => draws.shift() ?? 1 });
    h.open("a.ts", numberedLines(200));
    for (const line of [20, 100]) {
      h.edit("a.ts", startOf(line), startOf(line), "y");
      await h.clock.advanceAsync(10_300);
    }
    expect(h.reasons()).toEqual(["unchanged"]);
    expect(h.settled).toMatchObject([{ settlement: { unchanged: true } }]);
  });

  it("takes as unchanged what was changed and changed back", async () => {
    const h = await withOpenCapture();
    h.edit("a.ts", startOf(100), startOf(100) + 1, "");
    h.edit("a.ts", startOf(100), startOf(100), "y", "undo");
    await h.clock.advanceAsync(10_000);
    expect(h.settled).toMatchObject([{ settlement: { unchanged: true, edits: 2, provenance: "human" } }]);
  });

  it("keeps the first four edits behind the point, and names their files for the gate", async () => {
    const h = await withOpenCapture();
    for (const [index, path] of ["b.ts", "c.ts", "d.ts", "e.ts", "f.ts"].entries()) {
      h.open(path, "one\n");
      h.edit(path, 0, 0, String(index));
      await h.clock.advanceAsync(100);
    }
    await h.clock.advanceAsync(10_000);
    const settled = h.settled.find(({ uri }) => uri === uriOf("a.ts"));
    expect(settled?.settlement.futureHistory.map(({ path }) => path)).toEqual(["b.ts", "c.ts", "d.ts", "e.ts"]);
    expect(settled?.files.map(({ path, role }) => `${role} ${path}`)).toEqual([
      "document a.ts",
      "history a.ts",
      "history b.ts",
      "history c.ts",
      "history d.ts",
      "history e.ts",
    ]);
    expect(settled?.surroundings.join("")).toContain("3one\n");
  });

  it("tells no more diagnostics than a snapshot does, the nearest", async () => {
    const h = await withOpenCapture();
    h.state.diagnostics = Array.from({ length: 500 }, (_, at) => {
      return { severity: 1, message: `wrong ${at}`, start: origin, end: origin };
    });
    await h.clock.advanceAsync(10_000);
    const after = h.settled[0]?.settlement.diagnosticsAfter.map(({ message }) => message);
    expect(after).toEqual(Array.from({ length: 20 }, (_, at) => `wrong ${at}`));
  });

  it("tells the diagnostics as they are shown then", async () => {
    const h = await withOpenCapture();
    const at = { line: 100, character: 0 };
    h.state.diagnostics = [{ severity: 1, message: "wrong", start: at, end: at }];
    await h.clock.advanceAsync(10_000);
    expect(h.settled[0]?.snapshot.diagnostics).toEqual([]);
    expect(h.settled[0]?.settlement.diagnosticsAfter).toMatchObject([{ message: "wrong", startLine: 100 }]);
  });
});

describe("a capture is given up", () => {
  it("after 5 minutes in which it was never still", async () => {
    const h = await withOpenCapture();
    for (let at = 0; at < 60; at++) {
      expect(h.reasons()).toEqual([]);
      h.edit("a.ts", startOf(100), startOf(100) + 1, at % 2 === 0 ? "z" : "y");
      await h.clock.advanceAsync(5_000);
    }
    expect(h.reasons()).toEqual(["neverStill"]);
    expect(h.settled).toEqual([]);
  });

  const ends: [string, string, (h: Harness) => void][] = [
    ["when its document closes", "closed", (h) => h.capture.closed(uriOf("a.ts"))],
    ["when its document is reverted", "reverted", (h) => h.capture.reverted(uriOf("a.ts"))],
    ["when its folder's branch changes", "branchChanged", (h) => h.capture.branchChanged(folder)],
    [
      "when the region outgrows a region",
      "regionTooLong",
      (h) => h.edit("a.ts", startOf(100), startOf(100), "é".repeat(1_600)),
    ],
    [
      "when an edit straddles the region's edge",
      "straddled",
      (h) => h.edit("a.ts", regionOf(h).start - 1, regionOf(h).start + 1, ""),
    ],
    [
      "when an edit was missed",
      "missedEdit",
      (h) => h.capture.changed(uriOf("a.ts"), { version: 9, changes: [], reason: undefined }),
    ],
    ["when its document is tracked anew", "missedEdit", (h) => h.open("a.ts", "other")],
  ];
  it.each(ends)("%s", async (_, reason, end) => {
    const h = await withOpenCapture();
    end(h);
    expect(h.gaveUp).toEqual([{ reason, uri: uriOf("a.ts"), predictionId: undefined }]);
    expect(h.capture.openCaptures()).toEqual([]);
    await h.clock.advanceAsync(60_000);
    expect(h.settled.filter(({ settlement }) => settlement.waitedMs !== 10_000)).toEqual([]);
  });

  it("and not when another folder's branch changes", async () => {
    const h = await withOpenCapture();
    h.capture.branchChanged("file:///other");
    expect(h.capture.openCaptures()).toHaveLength(1);
  });

  it("with the point that was about to open", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(200));
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(200);
    h.capture.closed(uriOf("a.ts"));
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("and a missed edit is said, so that the document can be opened again", () => {
    const h = captureHarness();
    h.open("a.ts", "one\n");
    expect(h.edit("a.ts", 0, 0, "y")).toBe("applied");
    const late = { version: 9, changes: [], reason: undefined };
    expect(h.capture.changed(uriOf("a.ts"), late)).toBe("missed");
    expect(h.capture.changed(uriOf("a.ts"), late)).toBe("unknownDocument");
    h.open("a.ts", "two\n");
    expect(h.edit("a.ts", 0, 0, "y")).toBe("applied");
  });

  it("when an older one must make room: 8 of a document", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(600));
    for (let at = 0; at < 9; at++) {
      h.edit("a.ts", startOf(20 + 60 * at) + at, startOf(20 + 60 * at) + at, "y");
      await h.clock.advanceAsync(300);
    }
    expect(h.reasons()).toEqual(["tooManyOpen"]);
    const regions = h.capture.openCaptures().map(({ region }) => Math.round(region.start / lineBytes / 60));
    expect(regions).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("when an older one must make room: 32 in all", async () => {
    const h = captureHarness();
    for (let at = 0; at < 33; at++) {
      h.open(`${at}.ts`, "one\n");
      h.edit(`${at}.ts`, 0, 0, "y");
      await h.clock.advanceAsync(300);
    }
    expect(h.gaveUp).toEqual([{ reason: "tooManyOpen", uri: uriOf("0.ts"), predictionId: undefined }]);
    expect(h.capture.openCaptures()).toHaveLength(32);
  });
});

describe("a prediction request", () => {
  const request = (h: Harness, line: number, predictionId = "p1") =>
    h.capture.requested({
      uri: uriOf("a.ts"),
      position: { line, character: 0 },
      trigger: "explicit",
      predictionId,
    });

  it("replaces an older capture of the region that has no prediction, and leaves one elsewhere", async () => {
    const h = await withOpenCapture();
    h.edit("a.ts", startOf(10), startOf(10), "z");
    await h.clock.advanceAsync(300);
    const answer = await request(h, 101);
    expect(answer).toMatchObject({ ok: true, capture: { predictionId: "p1", snapshot: { trigger: "explicit" } } });
    expect(h.reasons()).toEqual(["replaced"]);
    expect(h.capture.openCaptures().map(({ predictionId }) => predictionId)).toEqual([undefined, "p1"]);
  });

  it("leaves an older one that has a prediction", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(200));
    await request(h, 100, "p1");
    await request(h, 100, "p2");
    expect(h.capture.openCaptures().map(({ predictionId }) => predictionId)).toEqual(["p1", "p2"]);
  });

  it("is kept whatever the rates say, also unchanged", async () => {
    const h = captureHarness({ rates: { captures: 0, unchanged: 0 } });
    h.open("a.ts", numberedLines(200));
    await request(h, 100);
    await h.clock.advanceAsync(10_000);
    expect(h.settled).toMatchObject([{ predictionId: "p1", settlement: { unchanged: true, provenance: "unknown" } }]);
  });

  it("freezes the state at the request: nothing that is typed before the context is there gets in", async () => {
    const context = Promise.withResolvers<GatheredContext>();
    const guards: GatherGuard[] = [];
    const h = captureHarness({
      gather: (_, guard) => {
        guards.push(guard);
        return context.promise;
      },
    });
    h.open("a.ts", numberedLines(200));
    h.open("b.ts", "one\n");
    const asked = request(h, 100);
    expect(guards[0]?.isUnchanged(uriOf("a.ts"))).toBe(true);
    h.edit("a.ts", startOf(100), startOf(100), "leak");
    h.state.diagnostics = [{ severity: 1, message: "leak", start: origin, end: origin }];
    expect([uriOf("a.ts"), uriOf("b.ts"), uriOf("not-open.ts")].map((uri) => guards[0]?.isUnchanged(uri))).toEqual([
      false,
      true,
      true,
    ]);
    context.resolve({ definitions: [], repo: undefined, leftOut: { late: 2 } });
    const answer = await asked;
    expect(JSON.stringify(answer)).not.toContain("leak");
    expect(answer).toMatchObject({ ok: true, capture: { leftOut: { late: 2 } } });
    await h.clock.advanceAsync(11_000);
    const asSettled = h.settled[0]?.snapshot;
    expect(asSettled && answer.ok && snapshotId(asSettled) === snapshotId(answer.capture.snapshot)).toBe(true);
    expect(h.settled[0]?.settlement.text).toContain("leakconst line0100");
  });

  it("is answered where the document closes before the context is there", async () => {
    const h = captureHarness({ gather: () => new Promise(() => undefined) });
    h.open("a.ts", numberedLines(200));
    const asked = request(h, 100);
    h.capture.closed(uriOf("a.ts"));
    expect(await asked).toEqual({ ok: false, reason: "ended" });
    expect(h.gaveUp).toEqual([{ reason: "closed", uri: uriOf("a.ts"), predictionId: "p1" }]);
  });

  it("is refused for a document that is not open, and where no region can be cut", async () => {
    const h = captureHarness();
    expect(await request(h, 0)).toEqual({ ok: false, reason: "unknownDocument" });
    h.open("a.ts", "x".repeat(5_000));
    expect(await request(h, 0)).toEqual({ ok: false, reason: "lineTooLong" });
  });
});

describe("context", () => {
  it("that fails leaves a snapshot without it, and is told", async () => {
    const h = await withOpenCapture({ gather: () => Promise.reject(new Error("no git")) });
    expect(h.capture.lastSnapshot()).toMatchObject({ snapshot: { definitions: [] }, leftOut: { context: 1 } });
    expect(h.faults).toEqual([new Error("no git")]);
    await h.clock.advanceAsync(10_000);
    expect(h.settled).toHaveLength(1);
  });

  it("that never comes is not waited for", async () => {
    const h = captureHarness({ gather: () => new Promise(() => undefined) });
    h.open("a.ts", numberedLines(200));
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(300 + 1_249);
    expect(h.capture.lastSnapshot()).toBeNull();
    await h.clock.advanceAsync(1);
    expect(h.capture.lastSnapshot()?.leftOut).toEqual({ context: 1 });
    await h.clock.advanceAsync(10_000);
    expect(h.settled).toHaveLength(1);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("is in the snapshot, with its files for the gate and its texts for redaction", async () => {
    const record = {
      symbol: "two",
      kind: "definition",
      path: "lib/index.d.ts",
      startLine: 3,
      text: "declare const two: 2;\n",
      external: true,
    } as const;
    const uri = "file:///elsewhere/node_modules/lib/index.d.ts";
    const h = await withOpenCapture({
      gather: async () => ({
        definitions: [{ uri, record, unclipped: "// around\ndeclare const two: 2;\n" }],
        repo: { remote: "example.com/a/b", revision: "r1" },
        leftOut: {},
      }),
    });
    const last = h.capture.lastSnapshot();
    expect(last?.snapshot).toMatchObject({ definitions: [record], repo: { remote: "example.com/a/b" } });
    expect(last?.files).toContainEqual({ uri, path: "lib/index.d.ts", role: "definition", external: true });
    expect(last?.surroundings).toContain("// around\ndeclare const two: 2;\n");
  });
});

describe("a preview", () => {
  it("shows what a snapshot would hold, and follows nothing", async () => {
    const h = captureHarness({ mayOpen: false });
    h.open("a.ts", numberedLines(200));
    const preview = await h.capture.preview(uriOf("a.ts"), { line: 100, character: 0 });
    expect(preview).toMatchObject({ ok: true, capture: { snapshot: { document: { path: "a.ts" } } } });
    expect(h.capture.openCaptures()).toEqual([]);
    expect(h.clock.pendingTimers).toBe(0);
  });
});

describe("what throws that should not", () => {
  const throwing = (h: Harness) =>
    Object.defineProperty(h.state, "diagnostics", {
      get() {
        throw new Error("no diagnostics");
      },
    });

  it("at a point is told, and opens none", async () => {
    const h = captureHarness();
    h.open("a.ts", numberedLines(200));
    throwing(h);
    h.edit("a.ts", 0, 0, "y");
    await h.clock.advanceAsync(300);
    expect(h.faults).toEqual([new Error("no diagnostics")]);
    expect(h.capture.openCaptures()).toEqual([]);
  });

  it("at settling is told, and ends that capture alone", async () => {
    const h = await withOpenCapture();
    throwing(h);
    await h.clock.advanceAsync(10_000);
    expect(h.faults).toEqual([new Error("no diagnostics")]);
    expect(h.reasons()).toEqual(["fault"]);
    expect(h.clock.pendingTimers).toBe(0);
  });
});

describe("disposing", () => {
  it("leaves no timer, and nothing comes out any more", async () => {
    const h = await withOpenCapture();
    h.edit("a.ts", startOf(10), startOf(10), "z");
    h.capture.dispose();
    expect(h.clock.pendingTimers).toBe(0);
    await h.clock.advanceAsync(60_000);
    expect([h.settled, h.gaveUp]).toEqual([[], []]);
  });
});
