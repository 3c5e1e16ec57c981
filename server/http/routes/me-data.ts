/** What a person may do with what is stored of them: take a copy, and take it back. */
import { once } from "node:events";
import type { Response } from "express";
import * as z from "zod/mini";
import type { Deletion } from "../../../shared/wire/deletion.ts";
import { deletion, deletionId, deletionList, receiptKey } from "../../../shared/wire/deletion.ts";
import { openServerKey } from "../../deletion/server-key.ts";
import { readEvents } from "../../store/read-events.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Reply, Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { Problem } from "../problem.ts";

const copyHeaders = { "content-disposition": 'attachment; filename="stillpoint-data.jsonl"' };

export function meDataRoutes(context: HttpContext): Route[] {
  const { store, deletions, dataDir, randomBytes } = context;
  return [
    defineRoute({
      method: "get",
      path: "/v1/me/data",
      role: "contributor",
      summary: "A copy of what is stored of me.",
      description:
        "JSON lines: one for the contributor, one for each event in the order in which the server got them, and one at the end that says how many there were.",
      response: { description: "The copy, to be saved as a file.", contentType: "application/x-ndjson" },
      handler: async ({ caller: { contributor } }) => {
        const known = await store.contributors.find({ id: contributor });
        return {
          headers: copyHeaders,
          send: (response, signal) => sendCopy(context, response, signal, known, contributor),
        };
      },
    }),
    defineRoute({
      method: "delete",
      path: "/v1/me/data",
      role: "contributor",
      summary: "Delete all that is stored of me.",
      description:
        "In force when it answers: nothing from before is taken any more. What comes later is stored as before; change the consent in the editor to stop that. 200 with the signed receipt when all is gone; 202 while a run or an export still uses files that are to be changed, and the receipt follows.",
      response: { description: "The deletion, with its receipt.", body: deletion },
      problems: { 202: "Files that are to be changed are in use; the receipt follows." },
      handler: async ({ caller }) => {
        const actor = actorOf(context, caller);
        const id = await deletions.begin({ contributor: caller.contributor, by: "contributor", actor });
        return answered(withoutReasons(await deletions.carryOut(id)));
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/me/deletions",
      role: "contributor",
      summary: "What I had deleted, with the receipts.",
      response: { description: "Oldest first.", body: deletionList },
      handler: async ({ caller }) => {
        const all = await deletions.list();
        const own = all.filter(({ contributor }) => contributor === caller.contributor);
        return { body: { deletions: own.map(withoutReasons) } };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/me/deletions/:id",
      role: "contributor",
      summary: "One of my deletions, with its receipt once it is done.",
      request: { params: z.strictObject({ id: deletionId }) },
      response: { description: "The deletion.", body: deletion },
      problems: { 404: "You have no deletion of this id." },
      handler: async ({ params, caller }) => {
        const found = await deletions.find(params.id);
        if (found?.contributor !== caller.contributor) {
          throw new Problem({ status: 404, code: "unknown-deletion", detail: "You have no deletion of this id." });
        }
        return { body: withoutReasons(found) };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/receipt-key",
      role: "anyone",
      summary: "The public key by which this server's receipts are verified.",
      response: { description: "Of Ed25519, in base64url.", body: receiptKey },
      handler: async () => {
        const { publicKey } = await openServerKey(dataDir, randomBytes);
        return { body: { algorithm: "Ed25519" as const, publicKey } };
      },
    }),
  ];
}

/** 202 for what is not done yet. */
export function answered(body: Deletion): Reply<Deletion> {
  return { status: body.state === "done" ? 200 : 202, body };
}

/** What is in use by whom is for admins. */
function withoutReasons({ waitingFor: _reasons, ...told }: Deletion): Deletion {
  return told;
}

async function sendCopy(
  { store }: HttpContext,
  response: Response,
  signal: AbortSignal,
  known: Awaited<ReturnType<HttpContext["store"]["contributors"]["find"]>>,
  contributor: string,
): Promise<void> {
  if (response.req.method === "HEAD") return;
  const write = async (line: string): Promise<void> => {
    if (!response.write(`${line}\n`)) await once(response, "drain", { signal });
  };
  const { name, createdAt } = known ?? {};
  await write(JSON.stringify({ kind: "contributor", id: contributor, name, createdAt }));
  let events = 0;
  for await (const { receivedAt, body } of readEvents(store, { after: 0, contributor })) {
    signal.throwIfAborted();
    // The body is JSON already.
    await write(`{"kind":"event","receivedAt":${JSON.stringify(receivedAt)},"event":${body}}`);
    events += 1;
  }
  await write(JSON.stringify({ kind: "end", events }));
}
