/** Events in. Each is held against its schema by itself; the valid ones are on disk when this answers. */
import { Counter } from "prom-client";
import type { Event } from "../../../shared/records/event.ts";
import { event } from "../../../shared/records/event.ts";
import { uuidv7 } from "../../../shared/records/fields.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { normalizeRemote } from "../../../shared/repository/remote.ts";
import type { EventResult } from "../../../shared/wire/events.ts";
import { eventsAnswer, eventsEnvelope, eventsRequest, maxEventsAtOnce } from "../../../shared/wire/events.ts";
import type { Policy } from "../../../shared/wire/policy.ts";
import { allowsPerson, allowsRepository } from "../../../shared/wire/policy.ts";
import { timestampOf } from "../../clock.ts";
import type { AppendResult } from "../../store/families/events.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";

type Refused = Extract<EventResult, { status: "refused" }>;

/** Of an event's faults; the rest stays unsaid. */
const maxDetailFaults = 3;

const someEvent = {
  id: "01890a5d-ac96-774b-bcce-b302099a8057",
  schema: 1,
  type: "prediction.outcome",
  at: "2026-01-31T09:05:00.123Z",
  sessionId: "session-1",
  sequence: 1,
  consentVersion: 1,
  predictionId: "01890a5d-ab10-7c55-9c2e-5d21b0e9f7a4",
  model: "builtin",
  variant: "default",
  outcome: "accepted",
  shownMs: 1_200,
  latencyMs: 85,
  rendering: "ghost",
  acceptedChars: 24,
  partial: false,
};

export function eventRoutes({ store, clock, metrics, policy }: HttpContext): Route[] {
  const counted = new Counter({
    name: "stillpoint_events_total",
    help: "Events received, by what became of them.",
    labelNames: ["status"],
    registers: [metrics],
  });

  return [
    defineRoute({
      method: "post",
      path: "/v1/events",
      role: "contributor",
      summary: "Send events.",
      description:
        `Up to ${maxEventsAtOnce}, each with its result: stored, duplicate (the same was stored before) or refused, with why. ` +
        "Answered once the stored ones are on disk. Sending the same again is safe.",
      request: { body: eventsEnvelope, bodyDocument: eventsRequest, bodyExample: { events: [someEvent] } },
      response: { description: "A result for each event, in the request's order.", body: eventsAnswer },
      handler: async ({ body, caller }) => {
        const checked = body.events.map((value) => checkEvent(value, policy.inForce().policy, caller.contributor));
        const valid = checked.flatMap((each) => ("event" in each ? [each.event] : []));
        const stored =
          valid.length === 0
            ? []
            : await store.events.append({
                contributor: caller.contributor,
                receivedAt: timestampOf(clock),
                events: valid,
              });
        let next = 0;
        const results = checked.map((each) => ("event" in each ? resultOf(each.event, stored[next++]) : each.refused));
        const counts = { stored: 0, duplicate: 0, refused: 0 };
        for (const { status } of results) counts[status] += 1;
        for (const [status, count] of Object.entries(counts)) counted.inc({ status }, count);
        return { body: { ...counts, results } };
      },
    }),
  ];
}

type Checked = { readonly event: Event } | { readonly refused: Refused };

function checkEvent(value: unknown, policy: Policy, contributor: string): Checked {
  const parsed = parseRecord(event, value);
  if (!parsed.ok) {
    const [first] = parsed.issues;
    const faults = parsed.issues.slice(0, maxDetailFaults).map(({ path, message }) => `${path} ${message}`.trim());
    const more = parsed.issues.length - faults.length;
    return refuse(value, "invalid", `${faults.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`, first?.path);
  }
  const forbidden = forbiddenBy(policy, parsed.value, contributor);
  return forbidden === undefined ? { event: parsed.value } : refuse(value, "policy", forbidden);
}

/** The gate in the editor asks first; here the policy holds for clients that do not know its newest version. */
function forbiddenBy(policy: Policy, checked: Event, contributor: string): string | undefined {
  // A withdrawal must arrive, whoever may contribute.
  if (checked.type === "consent.changed") return undefined;
  if (!allowsPerson(policy, contributor)) return "The policy does not allow this contributor.";
  if (!("snapshot" in checked)) return undefined;
  const { remote } = checked.snapshot.repo ?? {};
  const repository = remote === undefined ? null : (normalizeRemote(remote) ?? remote);
  return allowsRepository(policy, repository) ? undefined : "The policy does not allow this repository.";
}

function refuse(value: unknown, code: Refused["code"], detail: string, field?: string): Checked {
  const id = typeof value === "object" && value !== null && "id" in value ? parseRecord(uuidv7, value.id) : undefined;
  return {
    refused: {
      status: "refused",
      ...(id?.ok && { id: id.value }),
      code,
      ...(field !== undefined && { field }),
      detail,
    },
  };
}

function resultOf({ id }: Event, stored: AppendResult | undefined): EventResult {
  if (stored === undefined) throw new Error("the store gave no result for an event");
  if (stored.status !== "refused") return { status: stored.status, id };
  return { status: "refused", id, code: stored.code, detail: stored.detail };
}
