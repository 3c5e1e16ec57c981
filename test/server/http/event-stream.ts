/** Server-sent events as a client reads them. */
import { request as httpRequest } from "node:http";

export interface ReadEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what each test says it is
  readonly data: any;
}

export interface EventStream {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  /** Every event so far. */
  readonly events: readonly ReadEvent[];
  /** Comments so far, which keep the connection open. */
  comments(): number;
  /** Resolves with the first event of a name, also where it has come already; rejects where the stream ends before. */
  next(event: string): Promise<ReadEvent>;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  leave(): void;
}

export function openEventStream(
  url: string,
  { token, lastId }: { readonly token: string; readonly lastId?: string },
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(lastId !== undefined && { "last-event-id": lastId }) };
    const request = httpRequest(url, { headers }, (response) => {
      const events: ReadEvent[] = [];
      let comments = 0;
      let rest = "";
      let waiting: { event: string; found: (event: ReadEvent) => void; over: (why: Error) => void }[] = [];
      const over = Promise.withResolvers<void>();
      const tell = (): void => {
        waiting = waiting.filter(({ event, found }) => {
          const known = events.find((each) => each.event === event);
          if (known) found(known);
          return known === undefined;
        });
      };
      response.setEncoding("utf8").on("data", (chunk: string) => {
        const blocks = (rest + chunk).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/su).slice(0, 2)));
          if (fields["event"] !== undefined) {
            events.push({ id: fields["id"], event: fields["event"], data: JSON.parse(fields["data"]) });
          } else if (block === ":") comments += 1;
        }
        tell();
      });
      response.on("close", () => {
        over.resolve();
        for (const { event, over: fail } of waiting) fail(new Error(`the stream ended without ${event}`));
      });
      response.on("error", () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        comments: () => comments,
        next: (event) =>
          new Promise((found, fail) => {
            waiting.push({ event, found, over: fail });
            tell();
          }),
        ended: over.promise,
        leave: () => request.destroy(),
      });
    });
    request.on("error", reject);
    request.end();
  });
}
