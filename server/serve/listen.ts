/** Sockets: opened with bounds on how long a client may take, and closed without cutting anybody off. */
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { Failure } from "../errors.ts";
import { Problem, problemBody } from "../http/problem.ts";
import { isSystemError } from "../jsonl/faults.ts";
import type { Log } from "../log.ts";
import { errorFacts } from "../log.ts";

/** From the connection to the end of the headers. */
const headersTimeoutMs = 15_000;
/** To the end of the body: 1 MB over a slow line. */
const requestTimeoutMs = 60_000;
/** Longer than the 60 s that proxies keep theirs, so that it is they who close and no request meets a closed door. */
const keepAliveTimeoutMs = 75_000;

export interface Tls {
  /** PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface Listening {
  readonly port: number;
  /**
   * Takes no more, lets what is under way finish, then closes.
   * @returns whether all of it could finish in time
   */
  drain(timeoutMs: number): Promise<boolean>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls | undefined;
  readonly log: Log;
}

/** @throws Failure where the address cannot be had */
export async function listen(app: RequestListener, { host, port, tls, log }: ListenOptions): Promise<Listening> {
  const timeouts = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  };
  const server: Server = tls ? createTlsServer({ ...timeouts, ...tls, minVersion: "TLSv1.2" }) : createServer(timeouts);
  let draining = false;
  server.on("request", (request, response) => {
    response.on("close", () => {
      // A connection that would be kept for a next request has none to wait for.
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    app(request, response);
  });
  server.on("clientError", refuseUnread);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => reject(listenFault(error, host, port));
    server.once("error", fail);
    server.listen({ host, port }, () => {
      server.off("error", fail);
      // Somebody could not be let in: the machine has no more room for files or sockets. The others go on.
      server.on("error", (error) => log.error(errorFacts(error), "a connection could not be taken"));
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async drain(timeoutMs) {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      let drained = true;
      const late = setTimeout(() => {
        drained = false;
        server.closeAllConnections();
      }, timeoutMs);
      await closed;
      clearTimeout(late);
      return drained;
    },
  };
}

const unread: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: "headers-too-large", detail: "The headers are too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "request-timeout", detail: "The request took too long to arrive." },
};

/** What could not be read as a request gets an answer too, since no application has seen it. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(
    unread[error.code ?? ""] ?? { status: 400, code: "http", detail: "This is no request of HTTP/1.1." },
  );
  const body = problemBody(problem);
  const text = `${JSON.stringify(body)}\n`;
  socket.end(
    `HTTP/1.1 ${problem.status} ${body.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

function listenFault(error: unknown, host: string, port: number): unknown {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} of ${host} is taken by another program. Use another one (--port N; 0 takes any that is free)`,
    EACCES: `port ${port} may not be used by this user. Use one above 1023 (--port N)`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Use 127.0.0.1, or one that it has (--host ADDRESS)`,
    ENOTFOUND: `${host} is no name of this machine. Use 127.0.0.1, or an address that it has (--host ADDRESS)`,
  };
  const reason = isSystemError(error) ? reasons[error.code ?? ""] : undefined;
  return reason === undefined ? error : new Failure(`${reason}.`, { cause: error });
}
