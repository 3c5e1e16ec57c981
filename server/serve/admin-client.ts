/**
 * How commands reach what a server owns. Where one runs on the data folder they ask it, with the admin's token; where
 * none does, they take the folder for as long as they need it and ask a server of their own. Either way the same checks
 * are made and the same entries written to the audit log.
 */
import { randomBytes } from "node:crypto";
import type * as z from "zod/mini";
import { parseRecord } from "../../shared/records/parse.ts";
import { problemDocument } from "../../shared/wire/problem.ts";
import type { WaitingClock } from "../clock.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import { commandLine } from "../http/context.ts";
import { makeToken } from "../http/token-book.ts";
import type { Log } from "../log.ts";
import { readAdminToken } from "./admin-token.ts";
import type { ServerAddress } from "./data-lock.ts";
import { DataFolderTaken, whoHolds } from "./data-lock.ts";
import { startServer } from "./start.ts";

export interface AdminOptions {
  readonly dataDir: string;
  readonly dataDirShown: string;
  readonly configuration: Configuration;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command, for who wants the folder meanwhile: `stillpoint token`. */
  readonly about: string;
  readonly clock: WaitingClock;
  readonly signal: AbortSignal;
}

export interface Question<Answer> {
  readonly method: "GET" | "PUT" | "POST" | "DELETE" | "PATCH";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer: z.ZodMiniType<Answer>;
}

export interface Answered<Answer> {
  readonly body: Answer;
  readonly headers: Headers;
}

/** @throws ConfigurationError for what was asked wrongly, Failure for what could not be done */
export type Ask = <Answer>(question: Question<Answer>) => Promise<Answered<Answer>>;

/** Another command has the folder for a moment; a server that starts does too. */
const patienceMs = 10_000;
const pollMs = 50;

export async function withServer<Result>(options: AdminOptions, work: (ask: Ask) => Promise<Result>): Promise<Result> {
  const { dataDir, clock, signal } = options;
  const until = clock.monotonicMs() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const holder = await whoHolds(dataDir);
    if (holder?.address) return await work(await askRunning(options, holder.address));
    try {
      return await withOwnServer(options, work);
    } catch (error) {
      if (!(error instanceof DataFolderTaken) || clock.monotonicMs() >= until) throw error;
    }
    await clock.sleep(pollMs);
  }
}

async function askRunning(
  { dataDir, dataDirShown, env, signal }: AdminOptions,
  { localUrl }: ServerAddress,
): Promise<Ask> {
  const given = env["STILLPOINT_TOKEN"];
  const token = given === undefined || given === "" ? await readAdminToken(dataDir) : given;
  if (token === undefined) {
    throw new ConfigurationError(
      `a server runs on ${dataDirShown}, whose admin-token file is not there. Put an admin's token into STILLPOINT_TOKEN, or stop the server first.`,
    );
  }
  return asking(localUrl, token, signal);
}

/** @throws DataFolderTaken before anything is done */
async function withOwnServer<Result>(options: AdminOptions, work: (ask: Ask) => Promise<Result>): Promise<Result> {
  const { configuration, signal } = options;
  const server = await startServer({
    ...options,
    log: silent,
    host: "127.0.0.1",
    port: 0,
    configuration: { ...configuration, server: {} },
    privateTo: options.about,
  });
  try {
    const made = makeToken(randomBytes);
    server.context.tokens.lend(made, commandLine);
    return await work(asking(server.url, made.token, signal));
  } finally {
    await server.stop();
  }
}

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What goes wrong reaches the person in the answer. */
function ignore(): void {
  return;
}

function asking(url: string, token: string, signal: AbortSignal): Ask {
  return async ({ method, path, body, headers, answer }) => {
    const response = await reach(`${url}${path}`, {
      method,
      signal,
      redirect: "error",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw faultOf(response.status, text);
    const parsed = parseRecord(answer, JSON.parse(text));
    if (parsed.ok) return { body: parsed.value, headers: response.headers };
    const [issue] = parsed.issues;
    throw new Failure(
      `the server's answer is not understood (${issue?.path} ${issue?.message}); is it of another version?`,
    );
  };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const cause =
      error instanceof Error && error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : undefined;
    throw new Failure(`the server at ${new URL(url).origin} does not answer (${cause?.code ?? "no connection"}).`, {
      cause: error,
    });
  }
}

function faultOf(status: number, text: string): Error {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // A proxy's page, say.
    return new Failure(`the server answered with status ${status}.`);
  }
  const parsed = problemDocument.safeParse(document);
  if (!parsed.success) return new Failure(`the server answered with status ${status}.`);
  const { detail, code } = parsed.data;
  // What was asked for is wrong; anything else is for later, or for another token.
  return [400, 404, 409, 412, 422].includes(status)
    ? new ConfigurationError(detail)
    : new Failure(`${detail} (${code})`);
}
