/** Hears of consent that another window, with the same folder open, has given or taken back. */
import type { Clock, Disposable } from "../clock.ts";
import type { Consent, ConsentSwitch, GivenConsent } from "./consent.ts";
import { consentSwitches } from "./consent.ts";

/** Nothing is decided by it, so that a look now and then is enough; it is a file's date for each folder that is open. */
const lookEveryMs = 2_000;

export interface ConsentWatch extends Disposable {
  /** This window has written it itself, and needs not be told. */
  adopt(folder: string): void;
}

type Standing = readonly { readonly purpose: ConsentSwitch; readonly given: GivenConsent | undefined }[];

interface WatchSources {
  readonly consent: Pick<Consent, "given">;
  readonly clock: Clock;
  /** The workspace folders' URIs. */
  readonly folders: () => readonly string[];
  /** @param off switches that were on when this window last looked */
  readonly changed: (folder: string, off: readonly ConsentSwitch[]) => void;
}

export function watchConsent({ consent, clock, folders, changed }: WatchSources): ConsentWatch {
  const standing = (folder: string): Standing =>
    consentSwitches.map((purpose) => ({ purpose, given: consent.given(folder, purpose) }));
  let known = allStanding();
  let timer: Disposable | undefined;

  function allStanding(): Map<string, Standing> {
    return new Map(folders().map((folder) => [folder, standing(folder)]));
  }

  function look(): void {
    const before = known;
    known = allStanding();
    for (const [folder, now] of known) {
      const was = before.get(folder);
      // A folder that was not open before is looked at by whoever hears that it is now.
      if (was === undefined || JSON.stringify(was) === JSON.stringify(now)) continue;
      const off = now.filter(({ given }, at) => given === undefined && was[at]?.given !== undefined);
      changed(
        folder,
        off.map(({ purpose }) => purpose),
      );
    }
    schedule();
  }

  function schedule(): void {
    timer = clock.after(lookEveryMs, look);
  }

  schedule();
  return {
    adopt: (folder) => void known.set(folder, standing(folder)),
    dispose: () => timer?.dispose(),
  };
}
