/** The server that the settings name, for as long as they name it: its client, its policy, and the way to it. */
import type { Clock } from "../clock.ts";
import type { Client } from "../connection/client.ts";
import { parseOrigin } from "../connection/origin.ts";
import type { PolicyKeeper, PolicyStore } from "../connection/policy.ts";
import { createPolicyKeeper } from "../connection/policy.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { inTurn } from "../outbox/queue.ts";
import type { Uploader } from "../outbox/uploader.ts";
import { createUploader } from "../outbox/uploader.ts";
import type { Translate } from "../translate.ts";

export interface Server {
  readonly client: Client;
  readonly policy: PolicyKeeper;
  readonly uploader: Uploader;
}

export interface ServerHolder {
  /** Undefined where the address in the settings is none; `trouble` then says so. */
  current(): Server | undefined;
  /** What keeps events from being sent, or captured: for a person. */
  trouble(): string | undefined;
  /** Nothing could be sent for minutes, or the token is not taken. */
  isCutOff(): boolean;
  /** The settings may name another server, or there is something to send or capture now, or nothing any more. */
  update(): Promise<void>;
  /** Another token was entered for the same address. */
  tokenChanged(): Promise<void>;
  dispose(): Promise<void>;
}

export interface ServerSources {
  readonly address: () => string;
  /** Whether it is to be talked to without being asked: somebody contributes, or something waits. */
  readonly isLive: () => boolean;
  /** Whether the person has connected to this very server: before, nothing is sent there, though a token may be known. */
  readonly isConnected: () => boolean;
  readonly clientOf: (origin: string) => Client;
  readonly outbox: Outbox;
  readonly store: PolicyStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly changed: () => void;
  /** Something threw that should not have. */
  readonly fault: (doing: string, error: unknown) => void;
  readonly translate: Translate;
}

export function holdServer(sources: ServerSources): ServerHolder {
  const {
    address,
    isLive,
    isConnected,
    clientOf,
    outbox,
    store,
    clock,
    random,
    changed,
    fault,
    translate: t,
  } = sources;
  let held: (Server & { readonly isStarted: boolean; readonly isSending: boolean }) | undefined;
  let trouble: string | undefined;
  /** Two changes of the settings are not to build two servers. */
  const queue = inTurn();

  /** Whoever asks meanwhile gets the next one. */
  async function replace(next: typeof held): Promise<void> {
    const before = held;
    held = next;
    before?.policy.dispose();
    await before?.uploader.dispose();
  }

  async function update(): Promise<void> {
    const parsed = parseOrigin(address(), t);
    trouble = parsed.ok ? undefined : parsed.sentence;
    const isStarted = isLive();
    const isSending = isStarted && isConnected();
    const isSame = held?.isStarted === isStarted && held.isSending === isSending;
    const isAsBefore = parsed.ok && held?.client.origin === parsed.origin && isSame;
    if (isAsBefore) return;
    if (!parsed.ok) {
      await replace(undefined);
      return changed();
    }
    const client = reporting(clientOf(parsed.origin), () => uploader.reached());
    const policy = createPolicyKeeper({
      ...{ client, store, clock, random, translate: t },
      fault: (error) => fault("keeping the policy", error),
    });
    const uploader = createUploader({
      ...{ outbox, send: client.sendEvents, clock, random },
      fault(error) {
        fault("sending events", error);
        return t("Stillpoint could not send what waits; its log says more.");
      },
    });
    policy.onChange(changed);
    uploader.onChange(changed);
    await replace({ client, policy, uploader, isStarted, isSending });
    if (isStarted) policy.start();
    if (isSending) uploader.start();
    changed();
  }

  return {
    current: () => held,
    trouble() {
      if (trouble !== undefined || !held) return trouble;
      const state = held.uploader.state();
      if (state.kind === "waiting" || state.kind === "stopped") return state.sentence;
      const policy = held.policy.current();
      return held.isStarted && !policy.known ? policy.sentence : undefined;
    },
    isCutOff: () => held?.uploader.isCutOff() ?? false,
    update: () => queue(update),
    async tokenChanged() {
      await held?.policy.forget();
      await held?.policy.refresh();
      held?.uploader.tokenChanged();
    },
    dispose: () => queue(() => replace(undefined)),
  };
}

/** Tells of each answer to what the person asked for with their token: the server is there, and takes it. */
function reporting(client: Client, answered: () => void): Client {
  const heard = async <Result extends { readonly kind: string }>(asked: Promise<Result>): Promise<Result> => {
    const result = await asked;
    if (result.kind === "answer") answered();
    return result;
  };
  return {
    ...client,
    me: () => heard(client.me()),
    deleteMyData: () => heard(client.deleteMyData()),
    deletion: (id) => heard(client.deletion(id)),
  };
}
