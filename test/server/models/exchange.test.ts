import { beforeEach, describe, expect, it } from "vitest";
import { openExchange } from "../../../server/models/exchange.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { afterwards } from "./support.ts";

let double: Double;
beforeEach(async () => {
  double = await startOpenAiDouble({ answer: () => "text", wantsKey: false });
  afterwards(() => double.close());
});

function ask(fetchIt: typeof fetch, signal: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }] });
  return fetchIt(`${double.url}/v1/chat/completions`, { method: "POST", body, signal });
}

describe("an exchange", () => {
  it("hands the caller's abort on while the answer is on its way", async () => {
    double.plan({ fault: { kind: "held" }, times: 1 });
    const caller = new AbortController();
    const exchange = openExchange(caller.signal, () => undefined);
    const asking = ask(exchange.fetch, exchange.signal);
    caller.abort(new Error("stop"));
    await expect(asking).rejects.toThrow("stop");
    double.release();
  });

  it("lets an abort pass that comes after the answer has arrived whole", async () => {
    const caller = new AbortController();
    const exchange = openExchange(caller.signal, () => undefined);
    const response = await ask(exchange.fetch, exchange.signal);
    caller.abort(new Error("stop"));
    expect(exchange.signal.aborted).toBe(false);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: "text" } }] });
  });

  it("still aborts after an answer that is a fault, since it will be asked again", async () => {
    double.plan({ fault: { kind: "overloaded", retryAfterMs: 1 }, times: 1 });
    const caller = new AbortController();
    const exchange = openExchange(caller.signal, () => undefined);
    await ask(exchange.fetch, exchange.signal);
    caller.abort(new Error("stop"));
    expect(exchange.signal.aborted).toBe(true);
  });

  it("fails where the connection breaks in the middle of the body, not later when it is read", async () => {
    double.plan({ fault: { kind: "reset", when: "middle" }, times: 1 });
    const exchange = openExchange(new AbortController().signal, () => undefined);
    await expect(ask(exchange.fetch, exchange.signal)).rejects.toThrow();
  });
});
