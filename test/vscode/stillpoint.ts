/** A real Stillpoint server beside VS Code, with a contributor's token, and what it has stored of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Event } from "../../shared/records/event.ts";
import { newToken } from "../../shared/wire/identity.ts";
import type { ServerProcess } from "../e2e/server-process.ts";
import { adminToken, startServerProcess } from "../e2e/server-process.ts";

export interface StillpointServer {
  readonly url: string;
  readonly dataDir: string;
  /** A contributor's. */
  readonly token: string;
  /** What the contributor's own copy holds, oldest first. */
  events(): Promise<Event[]>;
  /** As an admin. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Ends it, and nobody answers at its address until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStillpoint(): Promise<StillpointServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "stillpoint-data-"));
  let server = startServerProcess(dataDir);
  const url = await servedAt(server);

  const ask = async (token: string, method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text;
  };
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    JSON.parse(await ask(adminToken(dataDir), method, path, body));
  const { secret: token } = newToken.parse(
    await request("POST", "/v1/tokens", { name: "laptop", role: "contributor", person: "Contributor 1" }),
  );
  const goAway = async () => {
    server.kill("SIGTERM");
    await server.ended;
  };
  return {
    ...{ url, dataDir, token, request },
    async events() {
      const lines = (await ask(token, "GET", "/v1/me/data")).split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line)).flatMap(({ kind, event }) => (kind === "event" ? [event] : []));
    },
    goAway,
    async comeBack() {
      server = startServerProcess(dataDir, { port: new URL(url).port });
      await servedAt(server);
    },
    async stop() {
      await goAway();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function servedAt(server: ServerProcess): Promise<string> {
  const url = await server.url;
  if (url === undefined) throw new Error(`the server did not start: ${(await server.ended).err}`);
  return url;
}
