/** Giving consent for a folder, and taking it back. */
import type { Envelopes } from "../capture/envelope.ts";
import type { Consent, ConsentSwitch } from "../gate/consent.ts";
import { consentTextVersion } from "../gate/consent.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { droppedTypes } from "./withdrawal.ts";

export interface Deciding {
  readonly consent: Consent;
  readonly envelopes: Envelopes;
  readonly outbox: Outbox;
  contributor(): string | undefined;
}

export interface Decision {
  readonly given: readonly ConsentSwitch[];
  readonly withdrawn: readonly ConsentSwitch[];
  /** Events that waited under a switch that went off. */
  readonly dropped: number;
}

/**
 * Switches exactly these on. What waits under a switch that goes off is taken out of the outbox, and the server is told of
 * each switch that moved.
 */
export async function decide(
  { consent, envelopes, outbox, contributor }: Deciding,
  folder: string,
  on: readonly ConsentSwitch[],
): Promise<Decision> {
  const moved = await consent.choose(folder, on, contributor());
  const given = moved.filter((each) => on.includes(each));
  const withdrawn = moved.filter((each) => !on.includes(each));
  const types = droppedTypes(withdrawn);
  // First what the person wants gone: telling of it may fail on a full disk.
  const dropped = types.length > 0 ? await outbox.drop({ folder, types }) : 0;
  for (const each of moved) {
    const change = { switch: each, to: on.includes(each), textVersion: consentTextVersion } as const;
    await outbox.append({ ...envelopes.next(consentTextVersion), type: "consent.changed", ...change }, folder);
  }
  return { given, withdrawn, dropped };
}
