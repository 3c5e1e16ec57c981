/** `stillpoint serve`: the companion server, until it is told to stop. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock.ts";
import { loadConfiguration } from "../configuration/configuration.ts";
import type { ServerConfiguration } from "../configuration/server.ts";
import { ConfigurationError } from "../errors.ts";
import { warnOfPredictionModel } from "../http/prediction-model.ts";
import { readFault } from "../jsonl/faults.ts";
import { adminTokenName } from "../serve/admin-token.ts";
import type { Tls } from "../serve/listen.ts";
import type { LogFormat, LogLevel } from "../serve/server-log.ts";
import { createServerLog, logFormats, logLevels } from "../serve/server-log.ts";
import { startServer } from "../serve/start.ts";
import { keepToOwner } from "./admin.ts";
import type { CliContext } from "./context.ts";

const defaultHost = "127.0.0.1";
const defaultPort = 7431;

interface ServeArguments {
  readonly host?: string;
  readonly port?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly behindProxy?: true;
  readonly logLevel: LogLevel;
  readonly logFormat?: LogFormat;
}

const help = `
The first start makes an admin's token in DATA/admin-token, readable by you
alone. With it, "stillpoint token create NAME" makes one for each contributor's
editor.

On another address than this machine's own, tokens and code would cross the
network in the clear: give a certificate, or put a proxy before the server that
ends TLS and sets X-Forwarded-For and X-Forwarded-Proto. Further names of the
server go under server.hosts in stillpoint.yaml; requests for any other name are
refused.

Runs that are started over HTTP (POST /v1/runs) read DATA, and else only the
folders that server.runsMayRead in stillpoint.yaml lists. /docs shows every
route.

SIGTERM or Ctrl+C stops it: requests under way are finished, then it exits with
0. The log on standard error holds no code, no tokens and no names of
contributors' files.

Examples:
  $ stillpoint serve
  $ stillpoint serve --data /srv/stillpoint --port 8080
  $ stillpoint serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
  $ curl -H "Authorization: Bearer $(cat .stillpoint/admin-token)" \\
      http://127.0.0.1:7431/v1/me`;

export function serveCommand(cli: CliContext): Command {
  return new Command("serve")
    .description("Runs the companion server: takes events from contributors' editors and keeps them in DATA/events.db.")
    .option("--host <address>", `address to listen on (STILLPOINT_HOST; default: ${defaultHost})`)
    .option("--port <n>", `port; 0 takes any that is free (STILLPOINT_PORT; default: ${defaultPort})`, parsePort)
    .option("--tls-cert <file>", "certificate chain (PEM)")
    .option("--tls-key <file>", "its private key (PEM)")
    .option("--behind-proxy", "a proxy stands before the server and ends TLS; its X-Forwarded headers are believed")
    .addOption(new Option("--log-level <level>", "least that is logged").choices(logLevels).default("info"))
    .addOption(new Option("--log-format <format>", "default: text at a terminal, else json").choices(logFormats))
    .addHelpText("after", help)
    .action((given: ServeArguments) => serve(cli, given));
}

async function serve(cli: CliContext, given: ServeArguments): Promise<void> {
  const { dataDir, dataDirShown, configFile, env } = cli;
  const configuration = loadConfiguration({ dataDir, configFile, env });
  const settings = configuration.server ?? {};
  const atTerminal = cli.stderr.isTTY === true;
  const log = createServerLog({
    to: cli.stderr,
    level: given.logLevel,
    format: given.logFormat ?? (atTerminal ? "text" : "json"),
    colours: atTerminal && cli.style("bold", "x") !== "x",
    clock: systemClock,
  });
  keepToOwner();
  const server = await startServer({
    dataDir,
    dataDirShown,
    configuration,
    configFile,
    env,
    log,
    host: given.host ?? (env["STILLPOINT_HOST"] || undefined) ?? settings.host ?? defaultHost,
    port: given.port ?? portOf(env["STILLPOINT_PORT"]) ?? settings.port ?? defaultPort,
    tls: readTls(cli, { ...settings, ...given }),
    behindProxy: given.behindProxy ?? settings.behindProxy,
  });
  // What collects the log may be gone for a while, or its disk full: that is no reason to turn contributors away.
  cli.outliveStderr?.();
  cli.print(`Stillpoint serves ${server.url} from ${dataDirShown}; Ctrl+C stops it.`);
  if (server.firstToken) cli.print(`An admin's token was made: ${join(dataDirShown, adminTokenName)}`);
  log.info({ url: server.url }, "serving");
  await warnOfPredictionModel(server.context);
  await aborted(cli.signal);
  log.info({}, "stopping: requests under way are finished");
  const { drained } = await server.stop();
  if (!drained) log.warn({}, "stopped: requests that took too long were cut off");
  else {
    log.info({}, "stopped");
    cli.endBySignal();
  }
}

function readTls(
  cli: CliContext,
  { tlsCert, tlsKey }: Pick<ServerConfiguration, "tlsCert" | "tlsKey">,
): Tls | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new ConfigurationError(
      "--tls-cert and --tls-key go together: a certificate and its private key, both in PEM.",
    );
  }
  const tls = { cert: readPem(cli, tlsCert), key: readPem(cli, tlsKey) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      `${tlsCert} and ${tlsKey} are no certificate with its private key, both in PEM and without a password (${reason}).`,
    );
  }
  return tls;
}

function readPem(cli: CliContext, written: string): Buffer {
  try {
    return readFileSync(cli.path(written));
  } catch (error) {
    throw readFault(error, written);
  }
}

function portOf(written: string | undefined): number | undefined {
  if (written === undefined || written === "") return undefined;
  try {
    return parsePort(written);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new ConfigurationError(`STILLPOINT_PORT ${error.message}`);
    throw error;
  }
}

function parsePort(written: string): number {
  const port = Number(written);
  if (/^\d{1,5}$/u.test(written) && port <= 65_535) return port;
  throw new InvalidArgumentError("must be a whole number from 0 to 65535.");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
