/** A deletion of a person's data, from the request until it is done; one that was begun before is gone on with. */
import type { Deletion } from "../../shared/wire/deletion.ts";
import type { Clock } from "../clock.ts";
import type { Client } from "./client.ts";

/** While a run or an export still uses files that hold the data. */
const askAgainMs = 2_000;
const patienceMs = 60_000;

export interface DeletionSources {
  readonly client: Pick<Client, "deleteMyData" | "deletion">;
  readonly clock: Clock;
  /** Which one is under way, for another time; undefined where the server knows of none such. */
  readonly remember: (deletionId: string | undefined) => Promise<void>;
  /** What waits here is of the past, too. */
  readonly dropWaiting: () => Promise<unknown>;
}

export type CarriedOut =
  /** Without a receipt where it is not done yet. */
  | { readonly kind: "inForce"; readonly deletion: Deletion }
  /** The server has no such deletion of this person: it was set up anew, or asked for by somebody else. It is forgotten. */
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly sentence: string };

/** @param begun its id; undefined asks for a new one */
export async function carryOutDeletion(
  { client, clock, remember, dropWaiting }: DeletionSources,
  begun: string | undefined,
): Promise<CarriedOut> {
  const started = clock.monotonicMs();
  // Before the server is asked: what was captured until now is to be gone, not to follow.
  if (begun === undefined) await dropWaiting();
  let answer = await (begun === undefined ? client.deleteMyData() : client.deletion(begun));
  while (answer.kind === "answer") {
    const deletion = answer.answer;
    await remember(deletion.id);
    if (deletion.state === "done" || clock.monotonicMs() - started > patienceMs) return { kind: "inForce", deletion };
    await new Promise<void>((resolve) => {
      clock.after(askAgainMs, resolve);
    });
    answer = await client.deletion(deletion.id);
  }
  if (answer.kind === "refused" && answer.code === "unknown-deletion") {
    await remember(undefined);
    return { kind: "unknown" };
  }
  return { kind: "failed", sentence: answer.sentence };
}
