/** All routes, each part by its function. */
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { auditRoutes } from "./audit.ts";
import { contributorRoutes } from "./contributors.ts";
import { datasetRoutes } from "./datasets.ts";
import { deletionRoutes } from "./deletions.ts";
import { eventRoutes } from "./events.ts";
import { meRoutes } from "./me.ts";
import { meDataRoutes } from "./me-data.ts";
import { modelRoutes } from "./models.ts";
import { openApiRoutes } from "./openapi.ts";
import { operatorRoutes } from "./operators.ts";
import { policyRoutes } from "./policy.ts";
import { predictionRoutes } from "./predictions.ts";
import { reviewRoutes } from "./review.ts";
import { runRoutes } from "./runs.ts";
import { statsRoutes } from "./stats.ts";
import { tokenRoutes } from "./tokens.ts";

export function allRoutes(context: HttpContext): Route[] {
  const routes = [
    eventRoutes,
    policyRoutes,
    meRoutes,
    meDataRoutes,
    contributorRoutes,
    deletionRoutes,
    tokenRoutes,
    auditRoutes,
    predictionRoutes,
    reviewRoutes,
    runRoutes,
    datasetRoutes,
    modelRoutes,
    statsRoutes,
    operatorRoutes,
  ].flatMap((part) => part(context));
  return [...routes, ...openApiRoutes(routes)];
}
