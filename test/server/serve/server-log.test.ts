/** The log's two forms, and what of an error is in it. */
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { errorFacts } from "../../../server/log.ts";
import type { ServerLogOptions } from "../../../server/serve/server-log.ts";
import { createServerLog } from "../../../server/serve/server-log.ts";
import { testClock } from "../http/support.ts";

function logged(options: Partial<ServerLogOptions> = {}): string {
  const lines: string[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString("utf8"));
      done();
    },
  });
  const log = createServerLog({ to, level: "info", format: "json", colours: false, clock: testClock(), ...options });
  log.debug({ request: "r0" }, "not at this level");
  log.warn({ request: "r1", status: 503, token: undefined }, "failed");
  return lines.join("");
}

describe("the server's log", () => {
  it("is one JSON object a line, with the time of the clock and without process and host", () => {
    expect(logged()).toBe(
      '{"level":"warn","time":"2026-01-31T09:05:00.123Z","request":"r1","status":503,"msg":"failed"}\n',
    );
  });

  it("is a readable line at a terminal", () => {
    expect(logged({ format: "text" })).toBe("09:05:00.123 warn  failed  request=r1  status=503\n");
    expect(logged({ format: "text", colours: true })).toContain("\u001b[33mwarn \u001b[39m");
  });
});

describe("an error in the log", () => {
  it("is its kind and its place, without its message, which may quote what it could not read", () => {
    const facts = errorFacts(
      new SyntaxError('Unexpected token in "secretCode"', { cause: new TypeError("secretCode") }),
    );
    expect(facts).toMatchObject({
      error: "SyntaxError",
      cause: "TypeError",
      frames: expect.stringContaining("server-log.test.ts"),
    });
    expect(JSON.stringify(facts)).not.toContain("secretCode");
  });

  it("leaves a message out that has several lines, one of them like a frame", () => {
    const facts = errorFacts(new Error("secretCode\n    at secretCode (secret.ts:1:1)"));
    expect(JSON.stringify(facts)).not.toContain("secret");
  });

  it("is told apart where it is none", () => {
    expect(errorFacts("secretCode")).toEqual({ error: "string" });
  });
});
