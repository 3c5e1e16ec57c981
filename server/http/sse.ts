/**
 * Server-sent events (WHATWG HTML, section 9.2): a stream of named events, each with an id that the client sends back as
 * `Last-Event-ID` when it comes again.
 */
import { once } from "node:events";
import type { Response } from "express";
import type { Json } from "../../shared/canonical-json.ts";

export interface ServerSentEvent {
  /** Without line ends. */
  readonly id: string;
  readonly event: string;
  readonly data: Json;
}

/** After how long a client comes again whose connection was cut. */
const retryMs = 2_000;

export const eventStreamHeaders = {
  "cache-control": "no-store",
  // nginx would keep events back until its buffer is full.
  "x-accel-buffering": "no",
} as const;

/**
 * Sends the events as they come, and ends the answer behind the last.
 * @param events undefined stands for a comment that keeps the connection open
 * @param signal aborted when the client is gone
 */
export async function sendEvents(
  response: Response,
  events: AsyncIterable<ServerSentEvent | undefined>,
  signal: AbortSignal,
): Promise<void> {
  response.flushHeaders();
  await write(response, `retry: ${retryMs}\n\n`, signal);
  for await (const event of events) {
    if (signal.aborted) return;
    await write(response, event === undefined ? ":\n\n" : textOf(event), signal);
  }
  response.end();
}

/** JSON has no line ends outside of strings, and none unescaped in them: the data is one line. */
function textOf({ id, event, data }: ServerSentEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Resolves when there is room for more. */
async function write(response: Response, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || response.write(text)) return;
  try {
    await once(response, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
