/** The HTTP server's application: the guards, then the routes, then what becomes of faults. */
import type { Express } from "express";
import express from "express";
import type { HttpContext } from "./context.ts";
import { allRoutes } from "./routes/index.ts";

export function createApp(context: HttpContext): Express {
  const app = express();
  app.disable("x-powered-by");
  allRoutes(context);
  return app;
}
