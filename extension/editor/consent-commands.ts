/** Giving consent for a folder, and taking it back. */
import type { Envelopes } from "../capture/envelope.ts";
import type { Consent, ConsentSwitch } from "../gate/consent.ts";
import { consentSwitches, consentTextVersion, offeredSwitches } from "../gate/consent.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { dropWithdrawn } from "./withdrawal.ts";

export interface Deciding {
  readonly consent: Consent;
  readonly envelopes: Envelopes;
  readonly outbox: Pick<Outbox, "append" | "drop">;
  contributor(): string | undefined;
}

export interface Decision {
  readonly given: readonly ConsentSwitch[];
  readonly withdrawn: readonly ConsentSwitch[];
  /** Events that waited under a switch that went off. */
  readonly dropped: number;
}

/**
 * Switches exactly these on, but none that does nothing in this version. What waits under a switch that goes off is taken out of the outbox, and the server is told of
 * each switch that moved, or was agreed to anew.
 */
export async function decide(
  { consent, envelopes, outbox, contributor }: Deciding,
  folder: string,
  wanted: readonly ConsentSwitch[],
): Promise<Decision> {
  const on = wanted.filter((each) => offeredSwitches.includes(each));
  const withdrawn = consentSwitches.filter((each) => !on.includes(each) && consent.given(folder, each) !== undefined);
  // Choosing switches off before it writes, so nothing comes behind what is dropped; and what the person wants gone goes also
  // where writing fails.
  const [moved, dropped] = await Promise.all([
    consent.choose(folder, on, contributor()),
    dropWithdrawn(outbox, folder, withdrawn),
  ]);
  const given = moved.filter((each) => on.includes(each));
  for (const each of moved) {
    const change = { switch: each, to: on.includes(each), textVersion: consentTextVersion } as const;
    await outbox.append({ ...envelopes.next(consentTextVersion), type: "consent.changed", ...change }, folder);
  }
  return { given, withdrawn, dropped };
}
