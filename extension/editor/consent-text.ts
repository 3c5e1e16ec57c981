/**
 * What a person is told before they consent. Whoever changes what is collected, or where it goes, changes these sentences and raises
 * the text's version in `gate/consent.ts`: consent is to a text, and lapses with it.
 */
import type { ConsentSwitch } from "../gate/consent.ts";
import type { Translate } from "../translate.ts";

export interface SwitchText {
  readonly title: string;
  readonly what: string;
}

export function switchText(purpose: ConsentSwitch, t: Translate): SwitchText {
  switch (purpose) {
    case "snapshots":
      return {
        title: t("Snapshots"),
        what: t(
          "When you pause after an edit: the text around the cursor, your last edits, problems, definitions, and what you wrote next, as shown above.",
        ),
      };
    case "outcomes":
      return {
        title: t("Outcomes"),
        what: t(
          "What became of predictions that were shown to you: accepted, rejected or ignored, and how much stayed. No code.",
        ),
      };
    case "ratings":
      return {
        title: t("Ratings with code"),
        what: t("When you rate a prediction: your verdict and comment, with the snapshot it was made from."),
      };
    case "predictions":
      return {
        title: t("Predictions"),
        what: t(
          "While you type, snapshots go to the server at once, and its model answers with a proposed edit. The model's name is shown.",
        ),
      };
  }
}

export function neverCollected(t: Translate): string[] {
  return [
    t(
      "Files with secrets: .env files, keys, certificates, credentials, and cloud and ssh folders. You can add to this list, and nobody can shorten it.",
    ),
    t("Files that git ignores, that VS Code hides (files.exclude), or that you or a .stillpointignore file exclude."),
    t(
      "Anything outside of this workspace folder, also through a link; but declarations in the packages that your code uses may be shown in a snapshot.",
    ),
    t(
      "What looks like a secret, an e-mail address, a public IP address or a home folder: it becomes a placeholder before anything is stored, even on your own disk. No such search finds everything; what waits can be read before it goes.",
    ),
    t(
      "Single keystrokes, the clipboard, terminals, other windows, or anything while Stillpoint is snoozed or VS Code's telemetry is off.",
    ),
  ];
}

export interface Destination {
  readonly origin: string;
  /** The person as the server knows them, a pseudonym or a name; undefined where no token was entered. */
  readonly contributor: string | undefined;
  /** Undefined where it is not known, null where events are kept until somebody deletes them. */
  readonly retentionDays: number | null | undefined;
}

export function whereItGoes({ origin, contributor, retentionDays }: Destination, t: Translate): string[] {
  return [
    t("First to a file on this machine, at most 50 MB, where you can read and drop everything that waits."),
    t("Then to {origin}, and nowhere else. No file of a repository can change that.", { origin }),
    contributor === undefined
      ? t("You are not connected to it yet. Nothing is captured before you run Stillpoint: Connect to Server.")
      : t(
          "You are known there as {contributor}. Whoever runs that server can read what you send, and use it to train models.",
          {
            contributor,
          },
        ),
    ...(retentionDays === undefined
      ? []
      : [
          retentionDays === null
            ? t("It is kept there until you or an admin deletes it.")
            : t("It is kept there for {days} days.", { days: retentionDays }),
        ]),
  ];
}

export function howToStop(t: Translate): string[] {
  return [
    t("Stop Contributing in This Workspace ends it at once and deletes what still waits on this machine."),
    t("Delete My Data has the server delete everything that it got from you, and gives you a signed receipt."),
    t("What cannot be undone: a model that has already been trained on your data keeps what it learned."),
  ];
}
