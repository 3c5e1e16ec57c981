/** For operators and what watches for them. */
import * as z from "zod/mini";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { Problem } from "../problem.ts";

const health = z.strictObject({ status: z.literal("ok") });
const healthy = { body: { status: "ok" } } as const;

/** Whoever asks, the store is asked no more often. */
const readinessAgeMs = 1_000;

export function operatorRoutes({ store, metrics, stopping, clock }: HttpContext): Route[] {
  let asked: { readonly atMs: number; readonly answer: Promise<unknown> } | undefined;

  function storeAnswers(): Promise<unknown> {
    const nowMs = clock.monotonicMs();
    if (asked === undefined || nowMs - asked.atMs >= readinessAgeMs) {
      // A transaction that changes nothing still has to get hold of the database.
      asked = { atMs: nowMs, answer: Promise.all([store.events.lastPosition(), store.tokens.used({ uses: [] })]) };
    }
    return asked.answer;
  }

  return [
    defineRoute({
      method: "get",
      path: "/healthz",
      role: "anyone",
      summary: "Whether the process answers.",
      response: { description: "It does.", body: health },
      handler: async () => healthy,
    }),
    defineRoute({
      method: "get",
      path: "/readyz",
      role: "anyone",
      summary: "Whether events could be stored and read now.",
      response: { description: "They could.", body: health },
      problems: { 503: "Not now; `code` says why." },
      handler: async () => {
        if (stopping.aborted) {
          throw new Problem({ status: 503, code: "stopping", detail: "The server is stopping." });
        }
        await storeAnswers();
        return healthy;
      },
    }),
    defineRoute({
      method: "get",
      path: "/metrics",
      role: "contributor",
      summary: "Figures for Prometheus.",
      description: "Any token will do: what it counts says nothing of single people.",
      response: { description: "In Prometheus' text format.", contentType: metrics.contentType },
      handler: async () => ({
        send: async (response) => {
          response.end(await metrics.metrics());
        },
      }),
    }),
  ];
}
