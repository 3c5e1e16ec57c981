/** Retention: events are deleted when the policy says that they were kept long enough. */

import { normalizeRemote } from "../../shared/repository/remote.ts";
import type { RetentionReport } from "../../shared/wire/deletion.ts";
import type { Policy } from "../../shared/wire/policy.ts";
import { retentionDays } from "../../shared/wire/policy.ts";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { Actor } from "../store/families/audit.ts";
import type { AgedEvent } from "../store/families/retention.ts";
import type { Store } from "../store/store.ts";
import type { Queue } from "./queue.ts";

const dayMs = 86_400_000;
/** Looked at in one reading, and deleted in one transaction. */
const rowsAtOnce = { read: 2_000, deleted: 500 };

export interface RetentionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly queue: Queue;
  readonly signal: AbortSignal;
}

export interface Retention {
  /** Deletes what is due. `dryRun` only counts it. */
  run(options: { readonly dryRun: boolean; readonly actor: Actor }): Promise<RetentionReport>;
}

/** What the policy says of one repository, at one time. */
export interface Limit {
  readonly days: number;
  /** What the server got before this time is due. RFC 3339, UTC, milliseconds. */
  readonly before: string;
}

/**
 * @param repository `host/owner/name`, or null
 * @returns undefined where the policy keeps what comes from there
 */
export function limitOf(policy: Policy, repository: string | null, nowMs: number): Limit | undefined {
  const days = retentionDays(policy, repository);
  return days === null ? undefined : { days, before: new Date(nowMs - days * dayMs).toISOString() };
}

/** No event that the server got at this time or later is due under the policy; undefined where none ever is. */
export function latestLimit({ retention: { days, repositories } }: Policy, nowMs: number): string | undefined {
  const all = [days, ...repositories.map((each) => each.days)].filter((each) => each !== null);
  return all.length === 0 ? undefined : new Date(nowMs - Math.min(...all) * dayMs).toISOString();
}

export function openRetention({ store, clock, policy, queue, signal }: RetentionOptions): Retention {
  return {
    run: ({ dryRun, actor }) =>
      queue.run(async () => {
        const inForce = policy();
        const now = clock.now();
        const due = new Map<string | null, Limit & { events: number }>();
        for await (const page of pages(store, latestLimit(inForce, now), signal)) {
          const positions: number[] = [];
          for (const { position, repo, receivedAt } of page) {
            const repository = repo === null ? null : (normalizeRemote(repo) ?? repo);
            const limit = limitOf(inForce, repository, now);
            if (limit === undefined || receivedAt >= limit.before) continue;
            positions.push(position);
            const counted = due.get(repository) ?? { ...limit, events: 0 };
            counted.events += 1;
            due.set(repository, counted);
          }
          if (!dryRun) await expire(store, positions, signal);
        }
        const report = [...due].map(([repository, counted]) => ({ repository, ...counted }));
        const events = report.reduce((sum, each) => sum + each.events, 0);
        if (!dryRun && events > 0) {
          await store.audit.record({ ...actor, at: timestampOf(clock), act: "retention.delete", details: { events } });
        }
        return { dryRun, due: report };
      }),
  };
}

/** Events in the order in which they were stored, which is that of their age but for clocks that were set. */
async function* pages(
  store: Store,
  latest: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly AgedEvent[], void, undefined> {
  if (latest === undefined) return;
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const page = await store.retention.page({ after, limit: rowsAtOnce.read });
    const last = page.at(-1);
    if (last === undefined || page.every(({ receivedAt }) => receivedAt >= latest)) return;
    yield page;
    after = last.position;
  }
}

async function expire(store: Store, positions: readonly number[], signal: AbortSignal): Promise<void> {
  for (let from = 0; from < positions.length; from += rowsAtOnce.deleted) {
    signal.throwIfAborted();
    await store.retention.expire({ positions: positions.slice(from, from + rowsAtOnce.deleted) });
  }
}
