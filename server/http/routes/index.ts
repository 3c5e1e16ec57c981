/** All routes, each part by its function. */
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { auditRoutes } from "./audit.ts";
import { contributorRoutes } from "./contributors.ts";
import { datasetRoutes } from "./datasets.ts";
import { eventRoutes } from "./events.ts";
import { meRoutes } from "./me.ts";
import { modelRoutes } from "./models.ts";
import { operatorRoutes } from "./operators.ts";
import { policyRoutes } from "./policy.ts";
import { runRoutes } from "./runs.ts";
import { statsRoutes } from "./stats.ts";
import { tokenRoutes } from "./tokens.ts";

export function allRoutes(context: HttpContext): Route[] {
  return [
    eventRoutes,
    policyRoutes,
    meRoutes,
    contributorRoutes,
    tokenRoutes,
    auditRoutes,
    runRoutes,
    datasetRoutes,
    modelRoutes,
    statsRoutes,
    operatorRoutes,
  ].flatMap((routes) => routes(context));
}
