/** All families, by the names under which the store offers them. */
import { audit } from "./audit.ts";
import { contributors } from "./contributors.ts";
import { deletion } from "./deletion.ts";
import { events } from "./events.ts";
import { maintenance } from "./maintenance.ts";
import { policy } from "./policy.ts";
import { pull } from "./pull.ts";
import { retention } from "./retention.ts";
import { review } from "./review.ts";
import { runs } from "./runs.ts";
import { statistics } from "./statistics.ts";
import { tokens } from "./tokens.ts";
import { verdicts } from "./verdicts.ts";

export const families = {
  audit,
  contributors,
  deletion,
  events,
  maintenance,
  policy,
  pull,
  retention,
  review,
  runs,
  statistics,
  tokens,
  verdicts,
};
export type Families = typeof families;
