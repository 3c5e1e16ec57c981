/** The tables of `events.db`: each family says its own, and every method may use all. */
import type { AuditTables } from "./families/audit.ts";
import type { ContributorTables } from "./families/contributors.ts";
import type { DeletionTables } from "./families/deletion.ts";
import type { EventTables } from "./families/events.ts";
import type { PolicyTables } from "./families/policy.ts";
import type { PullTables } from "./families/pull.ts";
import type { ReviewTables } from "./families/review.ts";
import type { RunTables } from "./families/runs.ts";
import type { StatisticsTables } from "./families/statistics.ts";
import type { TokenTables } from "./families/tokens.ts";
import type { VerdictTables } from "./families/verdicts.ts";

export interface StoreTables
  extends AuditTables,
    ContributorTables,
    DeletionTables,
    EventTables,
    PolicyTables,
    PullTables,
    ReviewTables,
    RunTables,
    StatisticsTables,
    TokenTables,
    VerdictTables {}
