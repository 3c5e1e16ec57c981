/** What is written down of batches. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BatchIntents } from "../../../server/store/batch-intents.ts";
import { openBatchIntents } from "../../../server/store/batch-intents.ts";
import type { AnswerCache } from "../../../server/store/cache.ts";
import { openCache } from "../../../server/store/cache.ts";
import { openCacheEraser } from "../../../server/store/cache-eraser.ts";
import { recordingLog } from "./support.ts";

const target = { model: "anthropic:m", address: "http://127.0.0.1:1" };
const answer = {
  raw: "text",
  usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4 },
  stopReason: "end" as const,
};
const item = (n: number) => ({ key: `key${n}`, sample: 0, exampleId: `example${n}` });

function opened(): { file: string; cache: AnswerCache; intents: BatchIntents } {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-intents-"));
  const file = join(folder, "cache.db");
  const now = () => new Date("2026-01-31T09:05:00.123Z");
  const cache = openCache({ file, now });
  const intents = openBatchIntents({ file, now });
  onTestFinished(() => {
    cache.close();
    intents.close();
    rmSync(folder, { recursive: true });
  });
  return { file, cache, intents };
}

describe("what is written down of a batch", () => {
  it("is open for its model and address until it has ended, and known by its name for ever", async () => {
    const { intents } = opened();
    const intent = await intents.begin([item(1), item(2)], target);
    await intents.recognise(intent, "msgbatch_1");
    expect(await intents.open(target)).toEqual([{ ...intent, batchId: "msgbatch_1", size: 2 }]);
    expect(await intents.open({ ...target, address: "http://127.0.0.1:2" })).toEqual([]);
    expect(await intents.open({ ...target, model: "anthropic:n" })).toEqual([]);
    expect(await intents.end(intent)).toEqual(["key1", "key2"]);
    expect(await intents.open(target)).toEqual([]);
    expect(await intents.isKnown("msgbatch_1")).toBe(true);
  });

  it("takes an answer once, also where it has turned out to be none since", async () => {
    const { intents, cache } = opened();
    const intent = await intents.begin([item(1)], target);
    const came = { key: "key1", answer };
    expect(await intents.store(intent, [came, came], "anthropic:m")).toEqual([came]);
    await cache.demote("key1", "unparsable");
    expect(await intents.store(intent, [came], "anthropic:m")).toEqual([]);
    const entry = (await cache.lookup(["key1"], "example1")).get("key1");
    expect(entry).toEqual({ answer: undefined, attempts: [{ attempt: 1, error: "unparsable", answer }] });
    // Nobody knows how long one took.
    expect(await cache.meanLatencyMs("anthropic:m")).toBeUndefined();
  });

  it("takes thousands of items", async () => {
    const { intents } = opened();
    const many = Array.from({ length: 2_500 }, (_, n) => item(n));
    const intent = await intents.begin(many, target);
    expect(await intents.awaits(intent, ["key2499"])).toBe(true);
    expect(await intents.end(intent)).toHaveLength(2_500);
  });

  it("goes with a deleted example: what still comes for it is not kept", async () => {
    const { file, intents, cache } = opened();
    const intent = await intents.begin([item(1), item(2)], target);
    const eraser = openCacheEraser(file, recordingLog());
    await eraser?.erase({ exampleIds: ["example1"] });
    await eraser?.close();
    const came = [
      { key: "key1", answer },
      { key: "key2", answer },
    ];
    expect(await intents.store(intent, came, "anthropic:m")).toEqual([came[1]]);
    expect((await cache.peek(["key1"])).get("key1")?.answer).toBeUndefined();
  });
});
