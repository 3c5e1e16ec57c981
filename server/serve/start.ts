/** The companion server: the data folder taken, the store opened, the first token made, the sockets opened; and all of it back. */
import { randomBytes as systemRandomBytes } from "node:crypto";
import { collectDefaultMetrics, Registry } from "prom-client";
import { finishRestore } from "../backup/put-in-place.ts";
import type { WaitingClock } from "../clock.ts";
import { systemClock, timestampOf } from "../clock.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { openDeletionService } from "../deletion/service.ts";
import { createApp } from "../http/app.ts";
import type { HttpContext } from "../http/context.ts";
import { openPolicyBook } from "../http/policy-book.ts";
import { openTokenBook } from "../http/token-book.ts";
import type { Log } from "../log.ts";
import type { StartRunProcess } from "../runs/run-process.ts";
import { startRunProcess } from "../runs/run-process.ts";
import { createRunQueue } from "../runs/run-queue.ts";
import type { StoreLimits } from "../store/store.ts";
import { openStore } from "../store/store.ts";
import { ensureFirstToken } from "./admin-token.ts";
import { lockData, removeAddress, serving, writeAddress } from "./data-lock.ts";
import { edgeSettings, isLoopback, isWildcard, originOf, refuseInTheClear } from "./exposure.ts";
import type { Listening, Tls } from "./listen.ts";
import { listen } from "./listen.ts";
import { refuseLostDatabase } from "./lost-database.ts";

/** How long what is under way may take once the server is told to stop. */
export const defaultDrainMs = 25_000;

/** A client's outbox sends a batch every few seconds; a page and a language server ask more often. */
const defaultLimits = { perSecond: 20, burst: 200 };

export interface ServerOptions {
  readonly dataDir: string;
  /** As the person wrote it. */
  readonly dataDirShown: string;
  readonly configuration: Configuration;
  /** The file that the runs' processes read it from; DATA's own where it is left out. */
  readonly configFile?: string | undefined;
  /** Where keys of models come from. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly host: string;
  readonly port: number;
  readonly tls?: Tls | undefined;
  readonly behindProxy?: boolean | undefined;
  readonly clock?: WaitingClock;
  readonly randomBytes?: (length: number) => Uint8Array;
  readonly storeLimits?: Partial<StoreLimits>;
  readonly startRunProcess?: StartRunProcess;
  readonly drainMs?: number;
  /** Calls `tick` every so many milliseconds, for what is done once in a while. @returns what ends that */
  readonly every?: (ms: number, tick: () => void) => () => void;
  /** The command that takes the folder without being a server for others: nobody is told where it listens. */
  readonly privateTo?: string;
}

export interface RunningServer {
  /** For clients. */
  readonly url: string;
  /** `DATA/admin-token` was made just now. */
  readonly firstToken: boolean;
  readonly context: HttpContext;
  /** Takes no more requests, finishes those under way, writes what waits and gives the folder back. */
  stop(): Promise<{ readonly drained: boolean }>;
}

/** @throws ConfigurationError for an address that would show tokens and code to the network; Failure for what is taken */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir, dataDirShown: shown, configuration, log, host, tls, behindProxy = false } = options;
  const { clock = systemClock, randomBytes = systemRandomBytes, drainMs = defaultDrainMs } = options;
  const { env = process.env, configFile, startRunProcess: startProcess = startRunProcess } = options;
  await refuseInTheClear(host, { tls: tls !== undefined, behindProxy });
  ensureDataDir(dataDir);
  const releases: (() => Promise<void>)[] = [];
  const release = async (): Promise<void> => {
    const faults: unknown[] = [];
    // One that fails keeps no other: the folder is given back whatever becomes of what was in it.
    for (const give of releases.splice(0).reverse()) await give().catch((fault: unknown) => faults.push(fault));
    if (faults.length > 0) throw faults[0];
  };
  try {
    releases.push(await lockData({ dataDir, shown }, options.privateTo ?? serving));
    // Of a server that was killed, and of a restore.
    await removeAddress(dataDir);
    await finishRestore({ dataDir, log });
    await refuseLostDatabase(dataDir, shown);
    const store = await openStore({ dataDir, log, clock, ...(options.storeLimits && { limits: options.storeLimits }) });
    releases.push(() => store.close());
    const stopping = new AbortController();
    const policy = await openPolicyBook(() => store.policy.current());
    // Before anybody is served: a restored backup may hold what was deleted since.
    const deletion = await openDeletionService({
      store,
      dataDir,
      clock,
      randomBytes,
      log,
      policy: () => policy.inForce().policy,
      signal: stopping.signal,
      ...(options.every && { every: options.every }),
    });
    releases.push(async () => {
      stopping.abort();
      await deletion.stop();
    });
    const firstToken = await ensureFirstToken(store, dataDir, randomBytes, { at: timestampOf(clock), actor: "server" });
    const tokens = await openTokenBook({
      load: async () =>
        (await store.tokens.hashes()).map(({ id, revoked_at, ...token }) => ({
          ...token,
          tokenId: id,
          revoked: revoked_at !== null,
        })),
      save: (uses) => store.tokens.used({ uses }),
      clock,
      log,
    });
    releases.push(() => tokens.saveUses());
    const metrics = new Registry();
    if (options.privateTo === undefined) collectDefaultMetrics({ register: metrics });
    const settings = configuration.server ?? {};
    const runs = createRunQueue({ store, dataDir, configFile, env, clock, log, startProcess });
    const context: HttpContext = {
      store,
      configuration,
      dataDir,
      env,
      clock,
      randomBytes,
      log,
      tokens,
      policy,
      runs,
      deletions: deletion.deletions,
      retention: deletion.retention,
      edge: edgeSettings(host, settings, behindProxy),
      limits: {
        perSecond: settings.requestsPerSecond ?? defaultLimits.perSecond,
        burst: settings.requestBurst ?? defaultLimits.burst,
      },
      metrics,
      stopping: stopping.signal,
    };
    const app = createApp(context);
    const open: Listening[] = [];
    let draining: Promise<boolean> | undefined;
    const drain = (): Promise<boolean> => {
      draining ??= Promise.all(open.map((each) => each.drain(drainMs))).then((all) => all.every((each) => each));
      return draining;
    };
    releases.push(async () => {
      await drain();
    });
    releases.push(() => runs.stop());
    const main = await listen(app, { host, port: options.port, tls, log });
    open.push(main);
    const url = originOf(tls ? "https" : "http", isWildcard(host) ? "127.0.0.1" : host, main.port);
    if (options.privateTo === undefined) {
      const local =
        tls === undefined && (isLoopback(host) || isWildcard(host)) ? undefined : await listenLocally(app, log);
      if (local) open.push(local);
      const localUrl = local ? originOf("http", "127.0.0.1", local.port) : url;
      await writeAddress(dataDir, { pid: process.pid, url, localUrl });
      releases.push(() => removeAddress(dataDir));
      runs.start();
      deletion.start();
    }
    return {
      url,
      firstToken,
      context,
      async stop() {
        stopping.abort();
        // The doors first: who comes now is to go elsewhere, or to wait.
        const drained = drain();
        await release();
        return { drained: await drained };
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** For the commands on this machine, which need not be shown a certificate that was made for another name. */
async function listenLocally(app: Parameters<typeof listen>[0], log: Log): Promise<Listening> {
  return await listen(app, { host: "127.0.0.1", port: 0, tls: undefined, log });
}
