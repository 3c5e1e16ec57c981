/** Context of a capture point, gathered with VS Code's providers. */
import type { CaptureDeps } from "../capture/capture.ts";
import type { Clock } from "../clock.ts";
import { describeDiagnostics } from "../context/diagnostics.ts";
import type { Repositories } from "../context/repository.ts";
import { snapshotRepository } from "../context/repository.ts";
import type { Files } from "../gate/files.ts";

export function contextOf({
  repositories,
}: {
  clock: Clock;
  files: Files;
  repositories: Repositories;
}): Pick<CaptureDeps, "gather" | "describe"> {
  return {
    describe: describeDiagnostics,
    gather: async ({ folder }) => ({
      definitions: [],
      repo: snapshotRepository(await repositories.of(new URL(folder).pathname, new URL(folder).pathname)),
      leftOut: {},
    }),
  };
}
