/** The demo's editors: whatever becomes of the demo, their tokens open nothing behind it. */
import { expect, it } from "vitest";
import { eventSender } from "../../../server/cli/demo-sender.ts";
import { someEvent, startTestServer } from "../http/support.ts";

it("are revoked also where the demo was stopped in between", async () => {
  const server = await startTestServer();
  const stopped = new AbortController();
  const sender = eventSender({ url: server.server.url, admin: server.admin, signal: stopped.signal });
  await sender.send([JSON.stringify(someEvent("prediction.made"))]);
  stopped.abort();
  await expect(sender.send([JSON.stringify(someEvent("prediction.made"))])).rejects.toThrow();
  await sender.revoke();
  const { tokens } = (await server.send({ path: "/v1/tokens", token: server.admin })).body;
  expect(tokens.filter(({ name }: { name: string }) => name.startsWith("demo"))).toEqual([
    expect.objectContaining({ revokedAt: expect.any(String) }),
  ]);
});
