import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

describe.each(["anthropic", "openai"])("the %s double in a process of its own", (vendor) => {
  it("prints its address, answers, and tells over HTTP what it was asked", async () => {
    const file = fileURLToPath(new URL(`./${vendor}.ts`, import.meta.url));
    const answers = fileURLToPath(new URL("./teacher-answer.ts", import.meta.url));
    const child = spawn(process.execPath, [file, "--answer", answers], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [url] = (await once(createInterface(child.stdout), "line")) as [string];
      const post = (path: string, body: unknown) =>
        fetch(url + path, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: "Bearer k", "anthropic-version": "2026-10-21" },
          body: JSON.stringify(body),
        });
      const ask = (content: string) =>
        vendor === "anthropic"
          ? post("/v1/messages", { model: "m", max_tokens: 9, messages: [{ role: "user", content }] })
          : post("/v1/chat/completions", { model: "m", max_tokens: 9, messages: [{ role: "user", content }] });
      await post("/_double/faults", [{ fault: { kind: "overloaded", retryAfterMs: 1 }, times: 1 }]);
      expect((await ask("a")).status).toBeGreaterThanOrEqual(500);
      const first = (await (await ask("a")).json()) as { content?: unknown; choices?: unknown };
      const again = (await (await ask("a")).json()) as { content?: unknown; choices?: unknown };
      expect(again.content ?? again.choices).toEqual(first.content ?? first.choices);
      expect(await (await fetch(`${url}/_double/requests`)).json()).toMatchObject({
        requests: 3,
        distinct: 1,
        bought: 2,
      });
      expect((await post("/v1/nothing", {})).status).toBe(404);
    } finally {
      child.kill();
    }
  });
});
