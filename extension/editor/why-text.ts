/** *Why Wasn't This Captured?* as a document: the file in front, then everything else that was kept out. */
import type { GiveUpReason } from "../capture/frozen-capture.ts";
import type { GateRule, Verdict } from "../gate/refusal.ts";
import { gateRules } from "../gate/refusal.ts";
import type { Translate } from "../translate.ts";
import { code, table } from "./markdown.ts";

/** Files of which the last reason is shown. */
const maxFilesShown = 100;

export interface RefusedFile {
  /** Relative to its folder. */
  readonly path: string;
  readonly rule: GateRule;
  readonly sentence: string;
  /** As it is shown. */
  readonly time: string;
}

export interface WhyFacts {
  /** Of the active editor; undefined where there is none. */
  readonly file: { readonly path: string; readonly verdict: Verdict } | undefined;
  /** Since the window was opened. */
  readonly counts: Readonly<Record<GateRule, number>>;
  /** Newest first. */
  readonly files: readonly RefusedFile[];
  readonly settled: number;
  readonly gaveUp: ReadonlyMap<GiveUpReason, number>;
}

export function whyMarkdown({ file, counts, files, settled, gaveUp }: WhyFacts, t: Translate): string {
  const refused = gateRules.filter((rule) => counts[rule] > 0);
  const sections = [
    `# ${t("Why wasn't this captured?")}`,
    `## ${t("The file before you")}`,
    fileSection(file, t),
    `## ${t("Since this window was opened")}`,
    t("Captured and kept: {count}.", { count: settled }),
    refused.length === 0
      ? t("Nothing was kept out.")
      : table(
          [t("What was kept out"), t("How often")],
          refused.map((rule) => [ruleName(rule, t), String(counts[rule])]),
        ),
    gaveUp.size === 0
      ? ""
      : table(
          [t("What began to be captured and was given up"), t("How often")],
          [...gaveUp].map(([reason, count]) => [giveUpName(reason, t), String(count)]),
        ),
    `## ${t("The last reason of each file")}`,
    files.length === 0
      ? t("None.")
      : table(
          [t("File"), t("Why"), t("When")],
          files.slice(0, maxFilesShown).map(({ path, sentence, time }) => [code(path), plain(sentence), time]),
        ),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function fileSection(file: WhyFacts["file"], t: Translate): string {
  if (!file) return t("No file is open.");
  const { path, verdict } = file;
  if (verdict.ok) {
    return t(
      "{path} is captured: a snapshot begins when you pause after an edit, and is kept ten seconds after your last edit in its region.",
      {
        path: code(path),
      },
    );
  }
  return [
    t("{path} is not captured.", { path: code(path) }),
    `**${ruleName(verdict.rule, t)}.** ${plain(verdict.sentence)}`,
  ].join("\n\n");
}

/** Patterns and names in a sentence are no markup. */
function plain(sentence: string): string {
  return sentence.replace(/[\\`*_[\]<>#]/gu, "\\$&");
}

export function ruleName(rule: GateRule, t: Translate): string {
  switch (rule) {
    case "consent":
      return t("No consent");
    case "snoozed":
      return t("Snoozed, or telemetry off");
    case "trust":
      return t("Workspace not trusted");
    case "scheme":
      return t("Not a file");
    case "policy":
      return t("Your team's policy");
    case "path":
      return t("Excluded by its path");
    case "outside":
      return t("Outside of the workspace folder");
    case "licence":
      return t("Licence");
    case "content":
      return t("Too big, or not written by a person");
    case "secrets":
      return t("A secret was left after redaction");
  }
}

function giveUpName(reason: GiveUpReason, t: Translate): string {
  switch (reason) {
    case "neverStill":
      return t("Never still for ten seconds within five minutes");
    case "closed":
      return t("The file was closed");
    case "reverted":
      return t("The file was reverted, or changed on the disk");
    case "branchChanged":
      return t("The branch was changed");
    case "stopped":
      return t("Consent ended, a snooze began, or something else stopped capture");
    case "regionTooLong":
      return t("The region grew too long");
    case "missedEdit":
      return t("An edit was missed");
    case "straddled":
      return t("An edit went over the region's edge");
    case "tooManyOpen":
      return t("Too many at once; the oldest made room");
    case "replaced":
      return t("A prediction was asked for in the same place");
    case "unchanged":
      return t("Nothing changed, and only some of those are kept");
    case "notValid":
      return t("Half of a character stood in the region");
    case "notRedactable":
      return t("Too many secrets, or no room for their placeholders");
    case "fault":
      return t("A fault of Stillpoint");
  }
}
