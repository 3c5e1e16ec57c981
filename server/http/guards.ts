/**
 * What is checked before anybody is asked who they are: that the request was meant for this server, and that no page of
 * another site sent it. A page in the user's browser must not reach this server, whatever name it gives it.
 *
 * - Host (RFC 9110, section 7.2): a name on the list. A page whose own name was made to resolve to this machine (DNS
 *   rebinding) sends that name, and is refused with 421.
 * - Sec-Fetch-Site (Fetch Metadata): browsers say where a request comes from, simple GETs included, and no script can
 *   forge it.
 * - Origin (RFC 6454): for browsers without the former, and for WebSockets, which CORS does not cover.
 * - Content-Type: JSON, so that a form, which needs no permission to be sent elsewhere, says nothing.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hasBody } from "./body.ts";
import { Problem } from "./problem.ts";

export interface EdgeSettings {
  /** Names by which this server is called, lower case, without port; IPv6 addresses without brackets. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may ask although they are served elsewhere, as a proxy's: `https://stillpoint.example.com`. */
  readonly origins: ReadonlySet<string>;
  /** A proxy stands before: its X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly behindProxy: boolean;
}

/** Names that no other machine can take over. */
export const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/** The parts of a request that the guards look at; `https` as the client sees it. */
export type GuardedRequest = Pick<IncomingMessage, "headers" | "headersDistinct" | "method" | "socket"> & {
  readonly https: boolean;
};

/** For a request and for the upgrade to a WebSocket alike. @throws Problem */
export function guardSender(request: GuardedRequest, edge: EdgeSettings): void {
  const host = guardHost(request, edge);
  guardFetchSite(request);
  guardOrigin(request, host, edge);
}

/** @returns the Host as it was sent */
function guardHost(request: GuardedRequest, edge: EdgeSettings): string {
  const [host = "", ...more] = request.headersDistinct["host"] ?? [];
  const name = hostName(host);
  if (more.length > 0 || name === undefined) {
    throw new Problem({
      status: 400,
      code: "host-malformed",
      detail: "The request needs one Host header with a name or address.",
    });
  }
  if (edge.hosts.has(name) || isOwnAddress(name, request)) return host;
  throw new Problem({
    status: 421,
    code: "host-not-allowed",
    detail:
      "This server is not called by the name in the Host header. If it should be, its admin adds the name under server.hosts in stillpoint.yaml.",
  });
}

/** An address cannot be rebound as a name can: the one that the connection came in by is ours. */
function isOwnAddress(name: string, { socket }: GuardedRequest): boolean {
  return isIP(name) !== 0 && name === socket.localAddress?.replace(/^::ffff:(?=[\d.]+$)/u, "");
}

/** The name in a Host header, in lower case and without port, dot at the end and brackets; undefined for what is none. */
export function hostName(host: string): string | undefined {
  const groups = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+?)\.?)(?::\d{1,5})?$/iu.exec(host)?.groups;
  return (groups?.["v6"] ?? groups?.["name"])?.toLowerCase();
}

function guardFetchSite({ headers }: GuardedRequest): void {
  const site = headers["sec-fetch-site"];
  // `none`: the person typed the address or opened a bookmark.
  if (site === undefined || site === "same-origin" || site === "none") return;
  throw new Problem({
    status: 403,
    code: "cross-site",
    detail: "A page of another site sent this request; this server answers its own pages and programs.",
  });
}

function guardOrigin({ headers, https }: GuardedRequest, host: string, edge: EdgeSettings): void {
  const { origin } = headers;
  if (origin === undefined || origin === `${https ? "https" : "http"}://${host}` || edge.origins.has(origin)) return;
  throw new Problem({
    status: 403,
    code: "origin-not-allowed",
    detail:
      "A page of another origin sent this request. If that page is this server behind a proxy, its admin adds the origin under server.origins in stillpoint.yaml.",
  });
}

/** A body must be JSON in UTF-8. @throws Problem */
export function guardContentType(request: IncomingMessage): void {
  if (!hasBody(request)) return;
  const [type, ...parameters] = (request.headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  if (type === "application/json" && (charset === undefined || /^"?utf-?8"?$/u.test(charset))) return;
  throw new Problem({
    status: 415,
    code: "content-type",
    detail: "A body must be JSON: send Content-Type: application/json.",
    headers: { accept: "application/json" },
  });
}
