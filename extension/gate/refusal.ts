/** Why the gate said no: which of its rules, and a sentence for the person, who can do something about it. */
import type { Translate } from "../translate.ts";
import type { ConsentSwitch } from "./consent.ts";

/** In the order in which they are asked; the first that refuses is the one that is named. */
export const gateRules = [
  "consent",
  "snoozed",
  "trust",
  "scheme",
  "policy",
  "path",
  "outside",
  "licence",
  "content",
  "secrets",
] as const;
export type GateRule = (typeof gateRules)[number];

export interface Refusal {
  readonly ok: false;
  readonly rule: GateRule;
  readonly reason: RefusalReason;
  /** In the person's language. Holds no code. */
  readonly sentence: string;
}
export type Verdict = { readonly ok: true } | Refusal;

/**
 * What is said, and what can be done about it. A reason begins with the name of its rule. Each is a message of the
 * translations.
 */
export const sentences = {
  "consent.noFolder":
    "This file is in none of the folders of this workspace, and consent is given for a folder. To contribute from here, open the folder that holds it.",
  "consent.off":
    "You have not switched on {purpose} for this folder. “Stillpoint: Start Contributing in This Workspace” shows what that would hold, and lets you decide.",
  "consent.outdated":
    "The text about {purpose} has changed since you agreed to it. It counts again once you have read the new one: “Stillpoint: Start Contributing in This Workspace”.",
  "consent.otherPerson":
    "Somebody else switched on {purpose} for this folder, as another contributor. Decide for yourself: “Stillpoint: Start Contributing in This Workspace”.",
  "consent.pinnedOff":
    "The setting {setting} keeps {purpose} off here. Remove it from the settings of the user, the workspace or the folder if you want to contribute.",
  "snoozed.until": "Stillpoint is snoozed for another {minutes} min. “Stillpoint: Snooze” ends it earlier.",
  "snoozed.restart":
    "Stillpoint is snoozed until this window is reloaded or opened again. “Stillpoint: Snooze” ends it earlier.",
  "snoozed.telemetry":
    "Telemetry is off in VS Code, and Stillpoint keeps to that. The setting telemetry.telemetryLevel switches it on.",
  "trust.untrusted":
    "This workspace is not trusted. “Workspaces: Manage Workspace Trust” lets you trust it if you know where its files come from.",
  "scheme.other":
    "Documents of the kind “{scheme}” are never captured: only files, untitled documents and notebook cells of this machine are.",
  "policy.unknown":
    "Stillpoint has never reached its server from here, so it does not know what your team allows, and captures nothing until it does. “Stillpoint: Connect to Server” connects it.",
  "policy.paused": "Your team has paused Stillpoint for everybody. An admin of the server can end the pause.",
  "policy.version":
    "Your team asks for Stillpoint {minimum} or newer, and this is {version}. Update the extension to contribute.",
  "policy.person": "Your team's policy does not let this account contribute. An admin of the server can change that.",
  "policy.repositoryDenied":
    "Your team's policy excludes the repository {repository}. An admin of the server can change that.",
  "policy.repositoryNotAllowed":
    "Your team's policy allows named repositories only, and {repository} is none of them. An admin of the server can add it.",
  "policy.noRepository":
    "Your team's policy allows named repositories only, and this file is in no repository that has a remote. An admin of the server can change the policy.",
  "policy.repositoryUnreadable":
    "Some repositories are excluded, and git could not say which one this file is in. Install git, or see why it refuses to read this repository.",
  "policy.deniedHere":
    "The setting {setting} excludes the repository {repository}. Take it out of the settings if you want to contribute from here.",
  "path.secret":
    "The file's name or folder is on Stillpoint's list of files that hold secrets. Nothing switches that list off.",
  "path.versionControl": "The file belongs to the version control system itself. Nothing switches that rule off.",
  "path.filesExclude": "The file matches “{pattern}” in the setting files.exclude.",
  "path.gitIgnored":
    "Git ignores the file, as a line in .gitignore or in git's other lists says. Take it out of there if it may be shared.",
  "path.setting": "The file matches “{pattern}” in the setting {setting}.",
  "path.ignoreFile": "The file matches “{pattern}” in a .stillpointignore.",
  "outside.link":
    "The file really lies outside of the workspace folder: a symbolic link leads to it. Open the folder that it is in to contribute from there.",
  "outside.missing": "The file is no longer on the disk, so nobody can tell where it lay. Save it to contribute.",
  "outside.unreadable": "The file's place on the disk could not be read ({code}), so nobody can tell where it lies.",
  "outside.path":
    "The file's path does not begin at the folder or package that it is in, so it could name your machine. Please report this as a fault of Stillpoint.",
  "outside.external":
    "The definition is in a file that is neither in this workspace nor in a folder of installed packages or of a toolchain.",
  "licence.other": "Your team's policy asks for code under {allowed}, and this is under {licence}.",
  "licence.unknown":
    "Your team's policy asks for code under {allowed}, and no licence that Stillpoint knows is stated at the root of this code.",
  "content.bytes": "The file is larger than {limit} MB.",
  "content.lines": "The file has more than {limit} lines.",
  "content.minified": "The file looks minified: its lines are longer than {limit} characters on average.",
  "content.binary": "The file is not text.",
  "content.generated": "The file is written by a program: its name or its first lines say so.",
  "content.unreadable": "The file could not be read ({code}), so nobody can tell what is in it.",
  "secrets.left":
    "A last look found something that looks like a secret ({kind}) after redaction, so the snapshot was thrown away.",
} as const satisfies Record<`${GateRule}.${string}`, string>;

export type RefusalReason = keyof typeof sentences;

/** What each switch is called in a sentence. Each is a message of the translations. */
export const purposes: Readonly<Record<ConsentSwitch, string>> = {
  snapshots: "sharing snapshots",
  outcomes: "sharing what becomes of predictions",
  ratings: "sharing ratings with code",
  predictions: "predictions",
};

/** Builds refusals in one language. */
export type Refuse = (reason: RefusalReason, values?: Record<string, string | number>) => Refusal;

export function refuseIn(translate: Translate): Refuse {
  return (reason, values) => ({
    ok: false,
    rule: ruleOf(reason),
    reason,
    sentence: translate(sentences[reason], values),
  });
}

function ruleOf(reason: RefusalReason): GateRule {
  const rule = gateRules.find((each) => reason.startsWith(`${each}.`));
  if (rule === undefined) throw new Error(`the refusal ${reason} belongs to no rule`);
  return rule;
}
