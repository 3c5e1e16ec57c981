/** What is known of an event besides its text, and what is asked by it. */
import type { Event } from "../../shared/records/event.ts";
import type { EventVerdict } from "../connection/client.ts";
import type { EventFacts, Mark } from "./lines.ts";

/** Of the server's sentence on a refused event. */
const maxDetailLength = 500;

/** What to take out; all that is given must hold, and `{}` is everything. */
export interface DropFilter {
  readonly ids?: readonly string[];
  readonly types?: readonly Event["type"][];
  /** Of the snapshot's document. */
  readonly path?: string;
  /** A workspace folder's URI. */
  readonly folder?: string;
}

export function factsOf(event: Event, folder: string | undefined): EventFacts {
  const { id, type, at } = event;
  const path = "snapshot" in event ? event.snapshot.document.path : undefined;
  return { id, type, at, ...(path !== undefined && { path }), ...(folder !== undefined && { folder }) };
}

export function fits({ ids, types, path, folder }: DropFilter, facts: EventFacts): boolean {
  return (
    (ids === undefined || ids.includes(facts.id)) &&
    (types === undefined || types.some((type) => type === facts.type)) &&
    (path === undefined || path === facts.path) &&
    (folder === undefined || folder === facts.folder)
  );
}

export function refusedMark(
  { id, type, at, path, folder }: EventFacts,
  result: Extract<EventVerdict, { status: "refused" }>,
  refusedAt: string,
): Mark {
  return {
    refused: {
      ...{ id, type, at, ...(path !== undefined && { path }), ...(folder !== undefined && { folder }) },
      code: result.code,
      ...(result.field !== undefined && { field: result.field.slice(0, maxDetailLength) }),
      detail: result.detail.slice(0, maxDetailLength),
      refusedAt,
    },
  };
}
