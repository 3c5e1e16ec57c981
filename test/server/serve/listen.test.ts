/** Sockets that the machine cannot give. */
import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { listen } from "../../../server/serve/listen.ts";
import { send } from "../http/support.ts";
import { recordingLog } from "../store/support.ts";

it("a connection that cannot be taken ends nothing", async () => {
  const log = recordingLog();
  let last: IncomingMessage | undefined;
  const listening = await listen(
    (request, response) => {
      last = request;
      response.end();
    },
    { host: "127.0.0.1", port: 0, tls: undefined, log },
  );
  const ask = async () => (await send(`http://127.0.0.1:${listening.port}`, {})).status;
  expect(await ask()).toBe(200);
  // What Node.js says of an accept(2) that fails.
  const socket = last?.socket as { server?: NodeJS.EventEmitter } | undefined;
  socket?.server?.emit("error", Object.assign(new Error("accept ENFILE"), { code: "ENFILE" }));
  expect(await ask()).toBe(200);
  expect(log.lines).toMatchObject([{ level: "error", facts: { code: "ENFILE" } }]);
  expect(await listening.drain(1_000)).toBe(true);
});
