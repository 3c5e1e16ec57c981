/** What can be said of a server and of what came from it. Each is a message of the translations. */
import type { Translate } from "../translate.ts";

export const connectionSentences = {
  noToken: "No token is known for this server.",
  badToken: "What was entered is no token.",
  timeout: "The server did not answer in time.",
  unreachable: "The server cannot be reached.",
  unreachableWhy: "The server cannot be reached ({code}).",
  tooLarge: "This is more than the server takes at once.",
  status: "The server answered {status}.",
  redirect: "The server sends on to another address. A token goes only to the address that it was entered for.",
  foreignStatus: "What answered ({status}) is no Stillpoint server. A network may ask you to sign in first.",
  foreignAnswer: "What answered is no Stillpoint server of this version: its answer does not fit ({reason}).",
  longAnswer: "What answered is no Stillpoint server of this version: its answer is too long.",
  otherEvents: "What answered is no Stillpoint server: it answers of other events than were sent.",
  unchangedNothing: "The server says that nothing has changed, of nothing.",
  policyUnknown: "The server's policy is not known yet.",
  policyUnknownWhy: "The server's policy is not known yet. {why}",
  receiptOtherKey: "The receipt was signed by another key than the server's.",
  receiptChanged: "The receipt is not what the server signed.",
  receiptOtherDeletion: "The receipt is of another deletion.",
  receiptOtherPerson: "The receipt is of another person's data.",
} as const;

/** Says it in one language. */
export type Say = (name: keyof typeof connectionSentences, values?: Record<string, string | number>) => string;

export function sayIn(translate: Translate): Say {
  return (name, values) => translate(connectionSentences[name], values);
}
