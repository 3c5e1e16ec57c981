/** What the kinds of event are called in lists. */
import type { Translate } from "../translate.ts";

export function eventName(type: string, t: Translate): string {
  switch (type) {
    case "snapshot.settled":
      return t("Settled snapshot");
    case "prediction.made":
      return t("Prediction");
    case "prediction.outcome":
      return t("What became of a prediction");
    case "prediction.kept":
      return t("How much of a prediction was kept");
    case "rating.given":
      return t("A rating");
    case "rating.withdrawn":
      return t("A rating withdrawn");
    case "consent.changed":
      return t("A change of consent");
    default:
      return type;
  }
}
