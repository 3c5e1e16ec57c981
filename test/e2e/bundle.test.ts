/** The bundle: files that are found beside the sources must be found beside it, too. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { capturedEvent } from "../bench/captured-events.ts";
import { adminToken, connect, startServerProcess } from "./server-process.ts";

let dist: string;
let dataDir: string;
beforeAll(() => {
  // Inside the checkout, where its packages are found.
  mkdirSync(resolve(".node"), { recursive: true });
  dist = mkdtempSync(resolve(".node", "bundle-"));
  dataDir = mkdtempSync(join(tmpdir(), "stillpoint-bundle-"));
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build.mjs", dist], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
afterAll(() => {
  rmSync(dist, { recursive: true });
  rmSync(dataDir, { recursive: true });
});

it("serves: the store's threads find their program", async () => {
  const server = startServerProcess(dataDir, { program: join(dist, "stillpoint.mjs") });
  const url = await server.url;
  if (url === undefined) throw new Error((await server.ended).err);
  const connection = connect(url, adminToken(dataDir));
  const answer = await connection.post("/v1/events", JSON.stringify({ events: [capturedEvent(1)] }));
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"stored":1') });
  connection.close();
  server.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ exitCode: 0 });
});
