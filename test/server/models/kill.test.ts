import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { seededShare } from "../../../shared/ids.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import { requestOf } from "./requests.ts";
import { afterwards, dataFolder, modelsOf } from "./support.ts";

const requests = 60;
const concurrency = 4;
const kills = 5;

/** Runs the child; kills it as soon as it has acknowledged `killAfter` more. Returns whether it came to its end. */
async function run(dataDir: string, url: string, killAfter: number, acknowledged: Set<string>): Promise<boolean> {
  const file = fileURLToPath(new URL("./asking-child.ts", import.meta.url));
  const child = spawn(process.execPath, [file, dataDir, url, String(requests), String(concurrency)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = exitOf(child);
  let seen = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) acknowledged.add(line);
    seen += lines.length;
    if (seen >= killAfter) child.kill("SIGKILL");
  });
  return (await ended) === 0;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
}

describe("a run that is killed again and again", () => {
  it("loses no answer that it had acknowledged, and buys at most its requests in flight again", async () => {
    const double = await startAnthropicDouble({ answer: ({ prompt }) => `[${prompt.toUpperCase()}]` });
    afterwards(() => double.close());
    const dataDir = dataFolder();
    const acknowledged = new Set<string>();
    let killed = 0;
    for (let i = 0; ; i++) {
      const after = i < kills ? 1 + Math.floor(seededShare(1, String(i)) * 60) : Number.POSITIVE_INFINITY;
      const ended = await run(dataDir, double.url, after, acknowledged);
      // Whatever it had acknowledged is in the cache: asking for all of it again buys nothing.
      const before = double.counts().requests;
      const models = modelsOf({ dataDir, env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url } });
      const model = models.model("anthropic:claude-opus-5");
      for (const number of acknowledged) {
        const asked = model.predict(requestOf(`request ${number}`), {
          samples: 1,
          signal: new AbortController().signal,
        });
        expect(await asked).toMatchObject([{ text: `REQUEST ${number}` }]);
      }
      models.close();
      expect(double.counts().requests).toBe(before);
      if (ended) break;
      killed++;
    }
    expect(killed).toBeGreaterThan(1);
    expect(acknowledged.size).toBe(requests);
    const { bought, distinctBought, mostUnderWay } = double.counts();
    expect(distinctBought).toBe(requests);
    expect(bought).toBeGreaterThanOrEqual(requests);
    expect(bought).toBeLessThanOrEqual(requests + killed * concurrency);
    expect(mostUnderWay).toBeLessThanOrEqual(concurrency);
  });
});
