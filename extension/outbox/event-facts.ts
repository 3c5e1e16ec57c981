/** What is known of an event besides its text, and what is asked by it. */
import type { Event } from "../../shared/records/event.ts";
import type { EventFacts } from "./lines.ts";

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

/** Undefined where the disk does not give back what was written. */
export function parsed(id: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "id" in value && value.id === id ? value : undefined;
  } catch {
    return undefined;
  }
}
