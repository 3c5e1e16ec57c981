/** The captures that are open, oldest first, and not more of them than anybody needs. */
import type { OpenCapture } from "./open-capture.ts";

const maxOpenOfOneDocument = 8;
const maxOpen = 32;

export interface OpenCaptures {
  /** @returns those that had to make room and are open no more */
  add(capture: OpenCapture): OpenCapture[];
  /** @returns whether it was open */
  remove(capture: OpenCapture): boolean;
  of(uri: string): readonly OpenCapture[];
  all(): readonly OpenCapture[];
  readonly size: number;
}

export function createOpenCaptures(): OpenCaptures {
  // Both in the order in which captures were opened.
  const all = new Set<OpenCapture>();
  const byUri = new Map<string, Set<OpenCapture>>();

  function remove(capture: OpenCapture): boolean {
    const ofDocument = byUri.get(capture.uri);
    ofDocument?.delete(capture);
    if (ofDocument?.size === 0) byUri.delete(capture.uri);
    return all.delete(capture);
  }
  function removeOldest(captures: ReadonlySet<OpenCapture>, limit: number): OpenCapture[] {
    const tooMany = [...captures].slice(0, Math.max(0, captures.size - limit));
    for (const each of tooMany) remove(each);
    return tooMany;
  }

  return {
    add(capture) {
      const ofDocument = byUri.get(capture.uri) ?? new Set();
      byUri.set(capture.uri, ofDocument.add(capture));
      all.add(capture);
      return [...removeOldest(ofDocument, maxOpenOfOneDocument), ...removeOldest(all, maxOpen)];
    },
    remove,
    of: (uri) => [...(byUri.get(uri) ?? [])],
    all: () => [...all],
    get size() {
      return all.size;
    },
  };
}
