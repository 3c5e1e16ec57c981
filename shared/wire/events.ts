/** `POST /v1/events`: what a client's outbox sends, and what it hears of each. */
import * as z from "zod/mini";
import { event } from "../records/event.ts";
import { natural, nonEmpty } from "../records/fields.ts";

export const maxEventsAtOnce = 100;

/** Read at once. Each event is held against its own schema then, so that one that is not valid stops no other. */
export const eventsEnvelope = z.strictObject({
  events: z.array(z.unknown()).check(z.minLength(1), z.maxLength(maxEventsAtOnce)),
});

/** What the events are to be. */
export const eventsRequest = z.strictObject({
  events: z.array(event).check(z.minLength(1), z.maxLength(maxEventsAtOnce)),
});

/**
 * Why an event is not stored. More may come; to a client they all mean that sending it again helps nothing.
 * - `invalid`: by the schema; `field` and `detail` say where and why.
 * - `conflict`: an event of this id is stored, with other content or from somebody else.
 * - `policy`: the policy does not allow this repository, or this person.
 * - `deleted`: from before its contributor's data was deleted.
 */
const refusalCode = nonEmpty;

export const eventResult = z.discriminatedUnion("status", [
  /** On disk. */
  z.strictObject({ status: z.literal("stored"), id: nonEmpty }),
  /** On disk since an earlier time. */
  z.strictObject({ status: z.literal("duplicate"), id: nonEmpty }),
  z.strictObject({
    status: z.literal("refused"),
    /** Where the event has one. */
    id: z.optional(nonEmpty),
    code: refusalCode,
    /** As in `snapshot.document.path`. */
    field: z.optional(z.string()),
    detail: z.string(),
  }),
]);
export type EventResult = z.infer<typeof eventResult>;

/** 200 whatever became of the single ones: every event of the request has its result, in the request's order. */
export const eventsAnswer = z.strictObject({
  stored: natural,
  duplicate: natural,
  refused: natural,
  results: z.array(eventResult),
});
export type EventsAnswer = z.infer<typeof eventsAnswer>;
