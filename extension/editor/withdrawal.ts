/** What is taken out of the outbox when a switch goes off. */
import type { Event } from "../../shared/records/event.ts";
import type { ConsentSwitch } from "../gate/consent.ts";
import type { Outbox } from "../outbox/outbox.ts";

/**
 * Events that were made under a switch. A change of consent is none of them, and a rating that was taken back stays: both
 * tell the server to hold less.
 */
const madeUnder: Readonly<Record<ConsentSwitch, readonly Event["type"][]>> = {
  snapshots: ["snapshot.settled", "prediction.made"],
  outcomes: ["prediction.outcome", "prediction.kept"],
  // A rated prediction is sent under this switch alone.
  ratings: ["rating.given", "prediction.made"],
  predictions: [],
};

/**
 * Takes out what was made in a folder under switches that went off.
 * @returns how many waited
 * @throws OutboxFault
 */
export async function dropWithdrawn(
  outbox: Pick<Outbox, "drop">,
  folder: string,
  off: readonly ConsentSwitch[],
): Promise<number> {
  const types = [...new Set(off.flatMap((each) => madeUnder[each]))];
  return types.length > 0 ? await outbox.drop({ folder, types }) : 0;
}
