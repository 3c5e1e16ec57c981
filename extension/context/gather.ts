/** The context of a capture point: definitions and the repository, within a budget of time; what is late is left out and counted. */
import type { GatherContext } from "../capture/gather.ts";
import type { Clock } from "../clock.ts";
import { parentOf, parseUri } from "../gate/uri.ts";
import { askDefinitions } from "./definitions.ts";
import type { Lookups } from "./lookups.ts";
import { placeOf } from "./place.ts";
import type { Repositories, RepositoryState } from "./repository.ts";
import { snapshotRepository } from "./repository.ts";

/** The design's. */
const defaultBudgetMs = 1_000;

export interface ContextDeps {
  readonly lookups: Lookups;
  readonly repositories: Pick<Repositories, "of">;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  /** The workspace folders' URIs. */
  readonly folders: () => readonly string[];
  readonly budgetMs?: number;
}

export function gatherContext({ budgetMs = defaultBudgetMs, clock, ...deps }: ContextDeps): GatherContext {
  const { lookups, repositories, platform, folders } = deps;

  async function repositoryOf(uri: string, folder: string): Promise<RepositoryState | undefined> {
    const root = parseUri(folder, platform)?.path;
    if (root == null) return undefined;
    const path = parseUri(uri, platform)?.path;
    return repositories.of((path && parentOf(path)) || root, root);
  }

  return async (point, guard) => {
    const timeIsUp = whenOver(clock, budgetMs, guard.signal);
    try {
      let repository: { readonly state: RepositoryState | undefined } | undefined;
      const asked = repositoryOf(point.uri, point.folder).then((state) => {
        repository = { state };
      });
      const asking = askDefinitions(point, guard, {
        lookups,
        placeOf: (uri) => placeOf(uri, folders(), platform),
      });
      await Promise.race([Promise.all([asked, asking.done]), timeIsUp.promise]);
      const { definitions, leftOut } = asking.stop();
      return {
        definitions,
        repo: repository?.state && snapshotRepository(repository.state),
        leftOut: { ...leftOut, repo: repository === undefined ? 1 : 0 },
      };
    } finally {
      timeIsUp.dispose();
    }
  };
}

/** Resolves after the budget, or when nobody waits any more. */
function whenOver(clock: Clock, budgetMs: number, signal: AbortSignal): { promise: Promise<void>; dispose(): void } {
  let dispose: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    const timer = clock.after(budgetMs, resolve);
    const abandoned = () => resolve();
    signal.addEventListener("abort", abandoned, { once: true });
    dispose = () => {
      timer.dispose();
      signal.removeEventListener("abort", abandoned);
    };
  });
  return { promise, dispose: () => dispose() };
}
