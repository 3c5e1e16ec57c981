/** Runs: started, listed, watched and cancelled by admins. They are the runs of the command line, in the same folders. */
import * as z from "zod/mini";
import { run, runEvents, runList, runName, runRequest } from "../../../shared/wire/runs.ts";
import { prepareRun } from "../../runs/run-request.ts";
import { isActive, listRuns, viewRun } from "../../runs/run-view.ts";
import { endId, watchRun } from "../../runs/run-watch.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Reply, Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { Problem } from "../problem.ts";
import { eventStreamHeaders, sendEvents } from "../sse.ts";

/** Each holds a connection, and looks at files twice a second. */
const maxWatchers = 64;
const watcherRetrySeconds = 10;

const named = z.strictObject({ name: runName });

export function runRoutes(context: HttpContext): Route[] {
  const { store, dataDir, clock, stopping, runs } = context;
  let watchers = 0;

  async function find(name: string) {
    const found = await viewRun({ store, dataDir }, name);
    if (found) return found;
    throw new Problem({ status: 404, code: "unknown-run", detail: "There is no run of this name.", field: "name" });
  }

  return [
    defineRoute({
      method: "post",
      path: "/v1/runs",
      role: "admin",
      summary: "Start a run.",
      description:
        "A task that ships, by its name, or a task as a task file has it, with what is to be otherwise. Runs are executed " +
        "one after the other. A run of a known name goes on where it stopped: what was made of the same stays. What it " +
        "reads lies in DATA or in a folder under server.runsMayRead; relative paths are relative to DATA.",
      request: { body: runRequest, bodyExample: { task: "settled", repo: "/srv/code/shop", max: 1_000 } },
      response: { status: 202, description: "The run, queued.", body: run },
      problems: { 409: "A run of this name is queued or under way." },
      handler: async ({ body, caller }) => {
        const prepared = await prepareRun(body, context);
        if ("faults" in prepared) throw refused(prepared.faults);
        const { seed, concurrency } = body;
        await runs.submit({ ...prepared, seed, concurrency, actor: actorOf(context, caller) });
        return { body: await find(prepared.name), headers: { location: `/v1/runs/${prepared.name}` } };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/runs",
      role: "admin",
      summary: "All runs, those of the command line too.",
      response: { description: "Those that wait, in their order; then the others, the newest first.", body: runList },
      handler: async () => ({ body: { runs: await listRuns({ store, dataDir }) } }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/runs/:name",
      role: "admin",
      summary: "One run, stage by stage.",
      request: { params: named },
      response: { description: "The run.", body: run },
      problems: { 404: "There is no run of this name." },
      handler: async ({ params }) => ({ body: await find(params.name) }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/runs/:name/events",
      role: "admin",
      summary: "Watch a run, as server-sent events.",
      description:
        "From the beginning of its newest attempt, or behind the event that Last-Event-ID names. The last event is ended; " +
        "then the stream ends, and who comes again for more hears 204, upon which a browser stops asking.",
      request: { params: named },
      response: {
        description: "The events; the schema of each one's data by its name.",
        contentType: "text/event-stream",
        events: runEvents,
      },
      problems: { 204: "All was seen.", 404: "There is no run of this name." },
      handler: async ({ params, headers }): Promise<Reply<undefined>> => {
        const seen = headers["last-event-id"];
        const lastId = typeof seen === "string" ? seen : undefined;
        const found = await find(params.name);
        if (!isActive(found) && lastId === endId(found)) return { status: 204 };
        if (watchers >= maxWatchers) throw tooMany();
        return {
          headers: eventStreamHeaders,
          send: async (response, gone) => {
            if (response.req.method === "HEAD") return;
            watchers += 1;
            try {
              const signal = AbortSignal.any([gone, stopping]);
              await sendEvents(response, watchRun({ store, dataDir, clock, signal }, params.name, lastId), gone);
            } finally {
              watchers -= 1;
            }
          },
        };
      },
    }),
    defineRoute({
      method: "post",
      path: "/v1/runs/:name/cancel",
      role: "admin",
      summary: "Cancel a run.",
      description:
        "One that waits is taken out of the queue; one under way is told to stop. What it has made stays, and the same run " +
        "started again goes on from there.",
      request: { params: named },
      response: { status: 202, description: "The run as it is now: it may take a moment to stop.", body: run },
      problems: { 404: "There is no run of this name.", 409: "It has ended, or another process executes it." },
      handler: async ({ params, caller }) => {
        await find(params.name);
        await runs.cancel(params.name, actorOf(context, caller));
        return { body: await find(params.name) };
      },
    }),
  ];
}

function refused(faults: readonly { readonly field: string; readonly detail: string }[]): Problem {
  const [first] = faults;
  const more = faults.length > 1 ? ` ${faults.length - 1} more under faults.` : "";
  return new Problem({
    status: 422,
    code: "invalid",
    detail: `${first?.field ?? ""} ${first?.detail ?? ""}${more}`.trim(),
    faults,
  });
}

function tooMany(): Problem {
  return new Problem({
    status: 429,
    code: "too-many-watchers",
    detail: `${maxWatchers} watch runs already. Come again in ${watcherRetrySeconds} s.`,
    headers: { "retry-after": String(watcherRetrySeconds) },
  });
}
