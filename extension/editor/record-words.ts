/** Records' own values, and kinds of a receipt, in words for a person. */
import type { Settlement } from "../../shared/records/settlement.ts";
import type { HistoryEntry, Snapshot } from "../../shared/records/snapshot.ts";
import type { Translate } from "../translate.ts";
import { eventName } from "./event-names.ts";
import { code } from "./markdown.ts";

/** Why a snapshot was made. */
export function occasionText(trigger: Snapshot["trigger"], t: Translate): string {
  switch (trigger) {
    case "typing":
      return t("An edit");
    case "cursor":
      return t("A move of the cursor");
    case "diagnostics":
      return t("A change of the problems shown");
    case "explicit":
      return t("You asked for it");
    case "import":
      return t("An import");
  }
}

export function originText(origin: HistoryEntry["origin"], t: Translate): string {
  switch (origin) {
    case "typed":
      return t("typed");
    case "pasted":
      return t("pasted");
    case "prediction":
      return t("from a prediction");
    case "undo":
      return t("undone or redone");
    case "bulk":
      return t("many changes at once");
    case "unknown":
      return t("origin not known");
  }
}

/** Who wrote what came next. */
export function provenanceText(provenance: Settlement["provenance"], t: Translate): string {
  switch (provenance) {
    case "human":
      return t("A person");
    case "mixed":
      return t("A person, partly pasted or changed at once");
    case "likelyAutomated":
      return t("Probably a program");
    case "unknown":
      return t("Not known");
  }
}

/**
 * What a receipt counts, as Markdown.
 * @param kind `events.snapshot.settled`; one that a newer server names is shown as it is
 */
export function deletedText(kind: string, t: Translate): string {
  const [, owner, type] = /^(events|others)\.(.+)$/u.exec(kind) ?? [];
  if (owner !== undefined && type !== undefined) {
    const name = eventName(type, t);
    const shown = name === type ? code(type) : name;
    return owner === "events" ? shown : t("{event}, by others about yours", { event: shown });
  }
  switch (kind) {
    case "names":
      return t("Your name");
    case "tokens.revoked":
      return t("Tokens, revoked");
    case "pull.positions":
      return t("Places kept while snapshots were fetched");
    case "review.leases":
      return t("Items given to you to review");
    case "review.skips":
      return t("Items that you skipped in review");
    case "runs.lines":
      return t("Rows in the files of runs");
    case "runs.ratings":
      return t("Ratings in the files of runs");
    case "rejected.lines":
      return t("Rows that runs had rejected");
    case "rejected.ratings":
      return t("Ratings in rows that runs had rejected");
    case "files.lines":
      return t("Rows in other files");
    case "files.ratings":
      return t("Ratings in other files");
    case "cache.answers":
      return t("Kept answers of models");
    case "cache.attempts":
      return t("Kept attempts at an answer");
    default:
      return code(kind);
  }
}
