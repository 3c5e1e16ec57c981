/** What of a snapshot a prompt shows. Prompt variants are experiments, so each is a switch. */
import * as z from "zod/mini";
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";

export const contextOptions = z.strictObject({
  diagnostics: z._default(
    z.boolean().check(z.describe("Show the prompt's model the diagnostics near the cursor.")),
    true,
  ),
  definitions: z._default(
    z
      .int()
      .check(
        z.minimum(0),
        z.maximum(SNAPSHOT_LIMITS.definitions),
        z.describe("How many definitions to show, nearest to the cursor first."),
      ),
    SNAPSHOT_LIMITS.definitions,
  ),
  historyLength: z._default(
    z
      .int()
      .check(
        z.minimum(0),
        z.maximum(SNAPSHOT_LIMITS.historyEntries),
        z.describe("How many edits of the history to show, the newest ones."),
      ),
    SNAPSHOT_LIMITS.historyEntries,
  ),
});
export type ContextOptions = z.infer<typeof contextOptions>;

/** Everything shown, as far as the snapshot's own limits go. */
export const DEFAULT_CONTEXT: ContextOptions = contextOptions.parse({});
