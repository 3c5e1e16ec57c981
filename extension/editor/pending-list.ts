/** What waits in the outbox as a list of files, each with its events: the newest first in both. */
import type { PendingEvent } from "../outbox/folder-view.ts";

export interface PendingFile {
  /** The workspace folder's URI; undefined for events that are of none. */
  readonly folder: string | undefined;
  /** Undefined for events about no file. */
  readonly path: string | undefined;
  readonly bytes: number;
  readonly events: readonly PendingEvent[];
}

export function pendingFiles(pending: readonly PendingEvent[]): PendingFile[] {
  const files = new Map<string, PendingEvent[]>();
  const newestFirst = [...pending].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  for (const each of newestFirst) {
    const key = JSON.stringify(each.path === undefined ? [] : [each.folder, each.path]);
    const of = files.get(key);
    if (of) of.push(each);
    else files.set(key, [each]);
  }
  return [...files.values()].flatMap((events) => {
    const [first] = events;
    if (!first) return [];
    const bytes = events.reduce((sum, each) => sum + each.bytes, 0);
    return [{ folder: first.path === undefined ? undefined : first.folder, path: first.path, bytes, events }];
  });
}
