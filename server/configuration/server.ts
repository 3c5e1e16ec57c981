/** The configuration's `server` section: where the companion server listens, by what names, and how much it takes. */
import * as z from "zod/mini";
import { nonEmpty, share } from "../../shared/records/fields.ts";

const port = z.int().check(z.minimum(0), z.maximum(65_535));

const hostName = z
  .string()
  .check(
    z.regex(
      /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|[0-9a-f:]*:[0-9a-f:.]+)$/u,
      "is no name or address in lower case, without port",
    ),
  );

const origin = z
  .string()
  .check(z.regex(/^https?:\/\/[a-z0-9.:[\]-]+$/u, "is no origin, such as https://stillpoint.example.com"));

const folder = z.string().check(z.regex(/^(?:\/|[A-Za-z]:[\\/])/u, "is no absolute path of a folder"));

export const serverConfiguration = z.strictObject({
  /** Address to listen on. */
  host: z.optional(nonEmpty),
  /** 0: any that is free. */
  port: z.optional(port),
  /** Further names by which clients call this server. */
  hosts: z.optional(z.array(hostName)),
  /** Origins of its web page where a proxy serves it. */
  origins: z.optional(z.array(origin)),
  /** PEM files; relative to where the server is started. */
  tlsCert: z.optional(nonEmpty),
  tlsKey: z.optional(nonEmpty),
  /** A proxy stands before the server, ends TLS and sets X-Forwarded-For. */
  behindProxy: z.optional(z.boolean()),
  /**
   * Folders from which runs that are started over HTTP may import repositories and read files, besides DATA. Whoever
   * holds an admin's token reads no others of this machine.
   */
  runsMayRead: z.optional(z.array(folder)),
  /** Of one token, on the long run. */
  requestsPerSecond: z.optional(z.number().check(z.positive())),
  /** Of one token, at once after a pause. */
  requestBurst: z.optional(z.int().check(z.minimum(1))),
  /** What answers `POST /v1/predictions`: builtin, a name from the configuration, or PROVIDER:MODEL[@URL]. */
  predictionModel: z.optional(nonEmpty),
  /** How long it may take. */
  predictionTimeoutMs: z.optional(z.int().check(z.minimum(1), z.maximum(600_000))),
  /** Of the predictions to review, the share that two people judge. */
  reviewTwiceShare: z.optional(share),
});
export type ServerConfiguration = z.infer<typeof serverConfiguration>;
