/** What the status item says. */

import type { LostCounts } from "../outbox/lines.ts";
import type { Translate } from "../translate.ts";
import type { Place } from "./place.ts";

export type FileStatus =
  /** No editor with a text is active. */
  | { readonly kind: "none" }
  | { readonly kind: "captured" }
  /** `sentence` says why not, for a person. */
  | { readonly kind: "refused"; readonly sentence: string };

export interface StatusFacts {
  readonly place: Place;
  /** Any switch is on for the active file's folder, or for any folder where no file is active. */
  readonly contributing: boolean;
  /** `until` is the time as it is shown; undefined where it ends with the window. */
  readonly snoozed: { readonly until: string | undefined } | undefined;
  readonly file: FileStatus;
  /** Events in the outbox. */
  readonly waiting: number;
  /** Events that the server refused, or that the cap dropped. */
  readonly notSent: number;
  /** Sending waits, because somebody reads what is to be sent. */
  readonly held: boolean;
  /** Nothing could be sent for minutes, or the token is not taken. */
  readonly isCutOff: boolean;
  /** What keeps events from being sent, for a person; undefined where nothing does. */
  readonly trouble: string | undefined;
}

export interface StatusText {
  readonly text: string;
  /** Lines of plain text. */
  readonly tooltip: string;
  /** What a screen reader says. */
  readonly label: string;
}

/** Shape tells on from off as well as words do: no cue is a colour alone. */
const icons = {
  on: "circle-filled",
  notThisFile: "circle-outline",
  snoozed: "bell-slash",
  off: "circle-slash",
  /** Behind the others: whether this captures stays to be seen. */
  cutOff: "warning",
} as const;

export function statusOf(facts: StatusFacts, t: Translate): StatusText {
  const { icon, sentence } = headline(facts, t);
  const queue = facts.waiting > 0 ? [waitingSentence(facts.waiting, t)] : [];
  const notSent = facts.notSent > 0 ? [t("Not sent, refused or dropped: {count}.", { count: facts.notSent })] : [];
  const held = facts.held ? [t("Sending waits while the list of pending data is open.")] : [];
  const trouble = facts.trouble === undefined ? [] : [facts.trouble];
  const isCutOff = facts.isCutOff && facts.waiting > 0;
  const warning = isCutOff ? [t("Warning: what waits cannot be sent.")] : [];
  const lines = [...warning, sentence, ...queue, ...held, ...notSent, ...trouble];
  return {
    text: `$(${icon}) Stillpoint${facts.waiting > 0 ? ` ${facts.waiting}` : ""}${isCutOff ? ` $(${icons.cutOff})` : ""}`,
    tooltip: lines.join("\n"),
    label: `Stillpoint: ${lines.join(" ")}`,
  };
}

function headline({ place, contributing, snoozed, file }: StatusFacts, t: Translate) {
  if (place !== "ready") return { icon: icons.off, sentence: placeSentence(place, t) };
  if (!contributing) return { icon: icons.off, sentence: t("Off: nothing is captured here.") };
  if (snoozed) return { icon: icons.snoozed, sentence: snoozedSentence(snoozed.until, t) };
  switch (file.kind) {
    case "none":
      return { icon: icons.notThisFile, sentence: t("On. No file is open.") };
    case "captured":
      return { icon: icons.on, sentence: t("On: your edits in this file are captured.") };
    case "refused":
      return { icon: icons.notThisFile, sentence: t("This file is not captured: {why}", { why: file.sentence }) };
  }
}

function snoozedSentence(until: string | undefined, t: Translate): string {
  return until === undefined
    ? t("Snoozed until this window is reloaded or opened again: nothing is captured in it.")
    : t("Snoozed until {time}: nothing is captured in this window.", { time: until });
}

/** Why nothing can be captured in this workspace. */
export function placeSentence(place: Exclude<Place, "ready">, t: Translate): string {
  switch (place) {
    case "none":
      return t("No folder is open; Stillpoint captures in workspace folders only.");
    case "virtual":
      return t("This workspace is virtual; Stillpoint captures nothing in it.");
    case "untrusted":
      return t("This workspace is not trusted; Stillpoint captures nothing in it.");
  }
}

/** What was captured and will never be sent, because there was no room for it or the disk failed. */
export function lostSentences({ cap, disk, damaged }: LostCounts, t: Translate): string[] {
  return [
    ...(cap > 0 ? [t("Dropped because 50 MB were waiting: {count}, the oldest first.", { count: cap })] : []),
    ...(disk > 0 ? [t("Not kept because the disk did not take them: {count}.", { count: disk })] : []),
    ...(damaged > 0 ? [t("Damaged on the disk: {count}.", { count: damaged })] : []),
  ];
}

export function waitingSentence(waiting: number, t: Translate): string {
  return waiting === 1 ? t("One event waits to be sent.") : t("{count} events wait to be sent.", { count: waiting });
}
