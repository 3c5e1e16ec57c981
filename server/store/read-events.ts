/** Stored events one after the other, however many: page by page, so that memory and other readers stay free. */
import type { PageArgs, StoredEvent } from "./families/events.ts";
import type { Store } from "./store.ts";

const eventsAPage = 500;

/** In the order of their positions. What is stored while this reads, and lies within the range, comes too. */
export async function* readEvents(
  store: Pick<Store, "events">,
  range: Omit<PageArgs, "limit">,
): AsyncGenerator<StoredEvent, void, undefined> {
  let { after } = range;
  for (;;) {
    const page = await store.events.page({ ...range, after, limit: eventsAPage });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.position;
  }
}
