/** All routes, each part by its function. */
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";

export function allRoutes(_context: HttpContext): Route[] {
  return [];
}
