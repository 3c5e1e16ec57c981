/**
 * A process that asks for many answers and is killed while it does: `node FILE DATA URL COUNT CONCURRENCY`. Prints the
 * number of each request once its prediction is there.
 */
import { writeSync } from "node:fs";
import { createModels } from "../../../server/models/models.ts";
import { mapOrdered } from "../../../server/stages/map-ordered.ts";
import { requestOf } from "./requests.ts";

const [dataDir = "", url = "", count = "0", concurrency = "1"] = process.argv.slice(2);
const models = createModels({
  configuration: { concurrency: 1, seed: 1, models: {}, file: undefined },
  dataDir,
  env: { ANTHROPIC_API_KEY: "sk-good", ANTHROPIC_BASE_URL: url },
  warn: (sentence) => process.stderr.write(`${sentence}\n`),
});
const model = models.model("anthropic:claude-opus-5");

async function* numbers(): AsyncGenerator<number> {
  for (let i = 0; i < Number(count); i++) yield i;
}

const asked = mapOrdered(numbers(), Number(concurrency), async (number, signal) => {
  const [answer] = await model.predict(requestOf(`request ${number}`), { samples: 1, signal });
  if (answer?.error !== undefined) throw new Error(`request ${number} failed: ${answer.error}`);
  // Synchronous: what is printed has been acknowledged before anything else happens.
  writeSync(1, `${number}\n`);
});
for await (const _done of asked);
models.close();
