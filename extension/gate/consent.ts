/**
 * What a person agreed to, by workspace folder. It lives in the editor's own storage and nowhere in a repository, is
 * given by a person's act alone, and counts for the text that was read.
 */
import * as z from "zod/mini";
import { consentSwitch } from "../../shared/records/event.ts";
import { natural, timestamp } from "../../shared/records/fields.ts";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";

export type ConsentSwitch = z.infer<typeof consentSwitch>;
export const consentSwitches: readonly ConsentSwitch[] = consentSwitch.options;

/** Those that this version does something under: nobody can agree to what does not exist yet. */
export const offeredSwitches: readonly ConsentSwitch[] = ["snapshots"];

/** Raised whenever what is shown to be agreed to says more than before. */
export const consentTextVersion = 1;

/** By workspace folder, without a slash at its end. */
export interface ConsentStore {
  /** As any window last wrote it: the same object for as long as it is the same. Undefined where there is none. */
  get(folder: string): unknown;
  /**
   * @param value undefined takes it away
   * @param over what this is to replace: where something else stands there by now, nothing is written
   */
  set(folder: string, value: Record<string, unknown> | undefined, over?: unknown): PromiseLike<void>;
  folders(): readonly string[];
}

const given = z.strictObject({
  textVersion: natural,
  at: timestamp,
  /** The contributor's id; null where the editor was connected to no server yet. */
  by: z.nullable(z.string()),
});
export type GivenConsent = z.infer<typeof given>;

const folderConsent = z.partialRecord(consentSwitch, given);
type FolderConsent = z.infer<typeof folderConsent>;

/** `otherPerson`: whoever agreed is not who is connected to the server that the settings name now. */
export type ConsentState = "given" | "off" | "outdated" | "otherPerson";

export interface Consent {
  /** @param contributor who is connected now, if anybody: what another agreed to counts for neither */
  state(folder: string, purpose: ConsentSwitch, contributor: string | undefined): ConsentState;
  /** What was agreed to and when, also where it no longer counts. */
  given(folder: string, purpose: ConsentSwitch): GivenConsent | undefined;
  /** Folders with a switch on. */
  folders(): readonly string[];
  /** Switches exactly these on, of the present text, and the others off. Returns those that were not so before. */
  choose(folder: string, on: readonly ConsentSwitch[], contributor: string | undefined): Promise<ConsentSwitch[]>;
  /** What was agreed to before anybody was connected is this person's from now on. */
  claim(contributor: string): Promise<void>;
}

/** @param changed is told the folder whenever a switch of it moved */
export function createConsent(store: ConsentStore, clock: Clock, changed: (folder: string) => void): Consent {
  const parsed = new WeakMap<object, FolderConsent>();
  /** What was just switched off is off at once, however long the writing takes, and also where it fails. */
  const whileWriting = new Map<string, FolderConsent>();

  /** Looked up in the store each time, since another window may have written it. */
  function read(folder: string): FolderConsent {
    const key = folderKey(folder);
    const raw = store.get(key);
    if (typeof raw !== "object" || raw === null) return {};
    let found = parsed.get(raw);
    if (!found) {
      const result = folderConsent.safeParse(raw);
      // What cannot be read is no consent.
      found = result.success ? result.data : {};
      parsed.set(raw, found);
    }
    return whileWriting.get(key) ?? found;
  }

  /** @param over as `ConsentStore.set` has it */
  async function write(folder: string, value: FolderConsent, over?: unknown): Promise<void> {
    const key = folderKey(folder);
    const isEmpty = Object.keys(value).length === 0;
    const stays = Object.entries(read(folder)).filter(([each]) => Object.hasOwn(value, each));
    whileWriting.set(key, Object.fromEntries(stays));
    await store.set(key, isEmpty ? undefined : value, over);
    whileWriting.delete(key);
    changed(folder);
  }

  return {
    state(folder, purpose, contributor) {
      const consent = read(folder)[purpose];
      if (!consent) return "off";
      if (consent.textVersion !== consentTextVersion) return "outdated";
      return consent.by === null || consent.by === contributor ? "given" : "otherPerson";
    },
    given: (folder, purpose) => read(folder)[purpose],
    folders: store.folders,
    async choose(folder, on, contributor) {
      const before = read(folder);
      const at = timestampOf(clock.now());
      const next: FolderConsent = {};
      for (const purpose of on) next[purpose] = { textVersion: consentTextVersion, at, by: contributor ?? null };
      // Switches that stay on keep their time, unless they were of an older text or another person: those are agreed to anew.
      for (const purpose of on) {
        const old = before[purpose];
        if (old && old.textVersion === consentTextVersion && old.by === (contributor ?? null)) next[purpose] = old;
      }
      await write(folder, next);
      return consentSwitches.filter((each) => before[each] !== next[each]);
    },
    async claim(contributor) {
      for (const folder of store.folders()) {
        const stored = store.get(folder);
        const before = read(folder);
        const entries = consentSwitches.flatMap((each) => {
          const consent = before[each];
          return consent ? [[each, { ...consent, by: consent.by ?? contributor }] as const] : [];
        });
        if (entries.some(([each, consent]) => before[each]?.by !== consent.by)) {
          await write(folder, Object.fromEntries(entries), stored);
        }
      }
    },
  };
}

/** `file:///web/` and `file:///web` are one folder. */
function folderKey(folder: string): string {
  return folder.replace(/\/+$/u, "");
}
