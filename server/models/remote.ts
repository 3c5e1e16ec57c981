/** A model behind an address: its configuration and the environment, resolved once, with what they leave open decided. */
import type { Json } from "../../shared/canonical-json.ts";
import type { ModelConfiguration } from "../configuration/configuration.ts";
import { maxTimeoutMs } from "../configuration/configuration.ts";
import { ConfigurationError } from "../errors.ts";
import type { ResponseObserver } from "./exchange.ts";
import type { FaultContext } from "./faults.ts";
import type { Prompt } from "./model.ts";

/**
 * Students are sampled for breadth; from the design's *Models*. A default for self-hosted models alone: several of the
 * vendor's own models refuse every value but theirs.
 */
const studentSampling = { temperature: 0.8, topP: 0.95 } as const;
/** The SDK waits 0.5, 1, 2, 4, 8 s between them, or what the server says. */
const defaultMaxRetries = 5;
/** The vendor's bound on `n` is 128; half of the usual 50 samples are lost by a kill at most. */
const defaultChoicesPerRequest = 25;
/** The revision of a model that an inline spec gives an address but no checkpoint. */
const unversioned = "unversioned";

const vendors = {
  anthropic: { url: "https://api.anthropic.com", urlVariable: "ANTHROPIC_BASE_URL", keyVariable: "ANTHROPIC_API_KEY" },
  openai: { url: "https://api.openai.com/v1", urlVariable: "OPENAI_BASE_URL", keyVariable: "OPENAI_API_KEY" },
} as const;

/** `observe` is told of every HTTP answer. */
export interface RemoteModel extends FaultContext {
  readonly provider: ModelConfiguration["provider"];
  readonly revision: string | undefined;
  readonly apiKey: string | undefined;
  /** Its address is not the vendor's. */
  readonly selfHosted: boolean;
  /** Its address is this machine. */
  readonly loopback: boolean;
  readonly promptFormat: string;
  readonly sampling: { readonly temperature?: number; readonly topP?: number };
  readonly maxRetries: number;
  readonly timeoutMs: number;
  readonly choicesPerRequest: number;
  /** Everything besides the prompt that decides an answer. No key and no address: neither is part of an answer. */
  readonly identity: Json;
  maxOutputTokens(prompt: Prompt): number;
  readonly observe: ResponseObserver;
}

export interface RemoteSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (sentence: string) => void;
  readonly observe: ResponseObserver;
}

/**
 * @param name the configuration's name for it, undefined for an inline spec
 * @throws ConfigurationError for a key that is missing, or settings that cannot work
 */
export function resolveRemote(
  name: string | undefined,
  settings: ModelConfiguration,
  { env, warn, observe }: RemoteSurroundings,
): RemoteModel {
  const { provider, model } = settings;
  const vendor = vendors[provider];
  const written = settings.baseUrl ?? nonEmpty(env[vendor.urlVariable]) ?? vendor.url;
  const called = name ?? `${provider}:${model}`;
  const url = addressOf(written, called, vendor.urlVariable);
  const atVendor = url.hostname === new URL(vendor.url).hostname;
  const keyVariable = settings.apiKeyEnv ?? vendor.keyVariable;
  const apiKey = nonEmpty(env[keyVariable]);
  if (apiKey === undefined && settings.apiKeyEnv !== undefined) {
    throw new ConfigurationError(`${called} takes its key from ${keyVariable}, which is not set.`);
  }
  if (apiKey === undefined && atVendor) {
    throw new ConfigurationError(`${called} needs a key: set ${keyVariable}, or name another variable by apiKeyEnv.`);
  }
  // A gateway in front of Claude serves the vendor's weights under the vendor's names; only other servers have their own.
  const selfHosted = provider === "openai" && !atVendor;
  const revision = revisionOf(name, settings, selfHosted ? url : undefined, warn);
  const sampling = samplingOf(name, settings, selfHosted);
  const cap = settings.limits?.maxOutputTokens;
  return {
    provider,
    model,
    revision,
    modelId: `${provider}:${model}${revision === undefined ? "" : `@${revision}`}`,
    baseUrl: written,
    keyVariable,
    keySet: apiKey !== undefined,
    apiKey,
    selfHosted,
    loopback: isLoopback(url.hostname),
    promptFormat: settings.promptFormat ?? "teacher",
    sampling,
    maxRetries: settings.limits?.maxRetries ?? defaultMaxRetries,
    timeoutMs: settings.limits?.timeoutMs ?? maxTimeoutMs,
    choicesPerRequest: provider === "openai" ? (settings.limits?.choicesPerRequest ?? defaultChoicesPerRequest) : 1,
    identity: {
      provider,
      model,
      revision: revision ?? null,
      sampling: { ...sampling },
      limits: { maxOutputTokens: cap ?? null },
    },
    maxOutputTokens: (prompt) => Math.min(prompt.maxOutputTokens, cap ?? Number.POSITIVE_INFINITY),
    observe,
  };
}

function revisionOf(
  name: string | undefined,
  settings: ModelConfiguration,
  hostedAt: URL | undefined,
  warn: (sentence: string) => void,
): string | undefined {
  if (settings.revision !== undefined || hostedAt === undefined) return settings.revision;
  if (name !== undefined) {
    throw new ConfigurationError(
      `models.${name} is self-hosted, at ${hostedAt.host}, and needs a revision: the checkpoint, such as a commit or a step. ` +
        `New weights under an old name are another model, and answers are cached by it.`,
    );
  }
  warn(
    `${settings.provider}:${settings.model} has no revision: answers are kept for it by name, so a new checkpoint under ` +
      `the old name would be answered from the cache. To tell them apart, configure it under models: with a revision.`,
  );
  return unversioned;
}

function samplingOf(
  name: string | undefined,
  settings: ModelConfiguration,
  selfHosted: boolean,
): RemoteModel["sampling"] {
  if (settings.provider === "anthropic") {
    if (settings.sampling !== undefined) {
      throw new ConfigurationError(
        `models.${name}.sampling: current Claude models take no sampling parameters; leave it out.`,
      );
    }
    return {};
  }
  const unset = selfHosted ? studentSampling : { temperature: null, topP: null };
  const { temperature = unset.temperature, topP = unset.topP } = settings.sampling ?? {};
  return { ...(temperature === null ? {} : { temperature }), ...(topP === null ? {} : { topP }) };
}

/** The address is not repeated where it may hold a secret: sentences are shown and logged. */
function addressOf(written: string, called: string, variable: string): URL {
  const url = /^https?:\/\//u.test(written) && URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined) {
    throw new ConfigurationError(
      `${called}: the address in ${variable} is none; it begins with http:// or https://, such as http://127.0.0.1:8000/v1.`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(
      `${called}: the address of ${url.host} holds a user, a password, a query or a fragment, and takes none of them. A key ` +
        `is named by apiKeyEnv, and comes from that variable.`,
    );
  }
  return url;
}

/**
 * RFC 1122 for 127.0.0.0/8; a parsed URL has every way of writing it as four numbers. Names below localhost are this
 * machine by RFC 6761, but Node asks the system for them, which may ask a server: they are not taken for it.
 */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/u.test(hostname);
}

/** A variable that is set to nothing counts as not set. */
function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
