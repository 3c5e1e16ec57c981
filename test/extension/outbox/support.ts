/** Outboxes for tests, events for them, and a server that is a function. */
import type { EventToSend, SendResult } from "../../../extension/connection/client.ts";
import type { Outbox, OutboxOptions } from "../../../extension/outbox/outbox.ts";
import { openOutbox } from "../../../extension/outbox/outbox.ts";
import type { Event } from "../../../shared/records/event.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { validEvents } from "../../shared/records/valid.ts";
import type { MemoryDisk } from "./memory-files.ts";

let made = 0;

/** Ids in the order in which they were made, as the UUIDv7 of one machine are. */
export function nextEventId(): string {
  made += 1;
  const hex = made.toString(16).padStart(12, "0");
  return `01890a5d-ac96-7000-8000-${hex}`;
}

/** A small one, with an id of its own. */
export function smallEvent(): Event {
  return eventOf("prediction.outcome");
}

export function eventOf(type: Event["type"], path?: string): Event {
  const found = validEvents.find((event) => event.type === type);
  if (found === undefined) throw new Error(`no event of type ${type}`);
  const event = { ...found, id: nextEventId() };
  if (path === undefined || !("snapshot" in event)) return event;
  return { ...event, snapshot: { ...event.snapshot, document: { ...event.snapshot.document, path } } };
}

let ids = 0;

type Given = Partial<OutboxOptions> & {
  readonly disk?: MemoryDisk;
  readonly pid?: number;
  readonly alive?: Set<number>;
};

/** A window. `alive` are the processes that run; without it all do. */
export async function openWindow({ disk, pid = 1, alive, ...given }: Given = {}): Promise<Outbox> {
  return await openOutbox({
    folder: "/outbox",
    clock: manualClock(),
    ...(disk && { files: disk.files }),
    process: { pid, host: "here", isAlive: (other) => alive?.has(other) ?? true },
    newId: () => `n${(++ids).toString(36)}`,
    ...given,
  });
}

export interface CountingServer {
  readonly send: (events: readonly EventToSend[]) => Promise<SendResult>;
  /** How often each was sent. */
  readonly sent: Map<string, number>;
  readonly stored: Set<string>;
  /** Ids that it refuses. */
  readonly refuses: Set<string>;
}

export function countingServer(): CountingServer {
  const server: CountingServer = {
    sent: new Map(),
    stored: new Set(),
    refuses: new Set(),
    send: async (events) => {
      const verdicts = events.map(({ id }) => {
        server.sent.set(id, (server.sent.get(id) ?? 0) + 1);
        if (server.refuses.has(id)) return { id, status: "refused", code: "policy", detail: "Not allowed." } as const;
        const status = server.stored.has(id) ? "duplicate" : "stored";
        server.stored.add(id);
        return { id, status } as const;
      });
      return { kind: "answer", verdicts };
    },
  };
  return server;
}

/** Sends all that waits, without an uploader. */
export async function drain(outbox: Outbox, server: CountingServer): Promise<void> {
  for (;;) {
    const events = await outbox.batch({ maxEvents: 4, maxBytes: 1_000_000 });
    if (events.length === 0) return;
    const result = await server.send(events);
    if (result.kind === "answer") await outbox.acknowledge(result.verdicts);
  }
}
