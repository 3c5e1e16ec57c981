/** What a failed request means: another try later, this prediction's failure, or a configuration that cannot work. */
import { ConfigurationError } from "../errors.ts";
import type { Prompt } from "./model.ts";
import type { FaultKind } from "./provider.ts";
import { ProviderFault } from "./provider.ts";

/** The longest part of a server's own sentence that is shown. */
const maxMessageChars = 200;
/** A line of a prompt that is shorter may stand in a server's sentence by chance. */
const minTellingChars = 16;

/** What both SDKs' errors have in common. */
export interface SdkError {
  readonly status: number | undefined;
  /** The server's error type or code. */
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** The server's sentence. */
  readonly message: string;
  /** Where the server says that the request should go instead. */
  readonly location: string | undefined;
}

/** How the failed model is called, and where a person would put it right. */
export interface FaultContext {
  /** As in records: `openai:MODEL@REVISION`. */
  readonly modelId: string;
  readonly model: string;
  readonly baseUrl: string;
  /** The variable that holds the key. */
  readonly keyVariable: string;
  readonly keySet: boolean;
}

/** For an answer with an error status. Returns the error to throw; what it says holds nothing of the prompt. */
export function statusFault(
  error: SdkError,
  context: FaultContext,
  prompt: Prompt,
): ConfigurationError | ProviderFault {
  const { modelId, keyVariable, baseUrl } = context;
  const sentence = repeats(error.message, prompt) ? "" : error.message.replace(/\s+/gu, " ").slice(0, maxMessageChars);
  const said = sentence === "" ? "" : ` It said: ${sentence}`;
  if (isUnpaid(error)) {
    return new ConfigurationError(`${modelId}: the account behind ${keyVariable} cannot pay for requests.${said}`);
  }
  if (error.location !== undefined && isRedirect(error.status)) {
    return new ConfigurationError(
      `${modelId}: ${baseUrl} redirects to ${plainAddress(error.location, baseUrl)} (${error.status}). Code is sent to no ` +
        `address but the one that was given; if that one is right, give it instead.`,
    );
  }
  switch (error.status) {
    case 401:
      return new ConfigurationError(
        context.keySet
          ? `${modelId}: ${baseUrl} refused the key in ${keyVariable} (401). Set ${keyVariable} to a valid key.`
          : `${modelId}: ${baseUrl} wants a key (401). Set ${keyVariable}.`,
      );
    case 403:
      return new ConfigurationError(`${modelId}: the key in ${keyVariable} may not use ${context.model} (403).${said}`);
    case 404:
      return new ConfigurationError(
        `${modelId}: ${baseUrl} knows no model "${context.model}", or is not the right address (404; ` +
          `that of an OpenAI-compatible server usually ends in /v1).${said}`,
      );
    case 405:
    case 501:
      return new ConfigurationError(
        `${modelId}: what serves ${baseUrl} takes no such request (${error.status}): it is another kind of server, or not ` +
          `the right address (that of an OpenAI-compatible server usually ends in /v1).${said}`,
      );
    default:
      break;
  }
  if (error.status === 400 && isUnsupportedParameter(error)) {
    return new ConfigurationError(
      `${modelId} takes no ${error.param} as it is set. Configure the model under a name with ` +
        `sampling: { temperature: null, topP: null } to send none.`,
    );
  }
  return new ProviderFault(kindOf(error.status), [error.status, sentence].filter(Boolean).join(", "));
}

/** For a request that no answer came to. */
export function connectionFault(
  cause: unknown,
  context: FaultContext,
  timedOut: boolean,
  everAnswered: boolean,
): ConfigurationError | ProviderFault {
  const { modelId, baseUrl } = context;
  if (isBlockedPort(cause)) {
    return new ConfigurationError(
      `${modelId}: no request may go to the port of ${baseUrl}, which the Fetch standard blocks since other protocols use ` +
        `it. Let the server listen on another one, such as 8000.`,
    );
  }
  const code = rootCode(cause);
  if (!everAnswered && code !== undefined) {
    if (unreachableCodes.has(code)) {
      return new ConfigurationError(
        `${modelId}: nothing answers at ${baseUrl} (${code}). Is the server running, and the address right?`,
      );
    }
    if (insecureCode.test(code)) {
      return new ConfigurationError(
        `${modelId}: no secure connection to ${baseUrl} (${code}). Does the server speak https there, and is its ` +
          `certificate trusted here? NODE_EXTRA_CA_CERTS names a file of further ones to trust.`,
      );
    }
  }
  return new ProviderFault(timedOut ? "timeout" : "connection", code ?? "no answer came", { cause });
}

/**
 * For an answer with a good status that is none of the protocol's. From an address that never gave another it is the
 * wrong address; from one that did it is a gateway's mishap.
 */
export function protocolFault(
  context: FaultContext,
  protocol: string,
  everUnderstood: boolean,
): ConfigurationError | ProviderFault {
  if (everUnderstood) return new ProviderFault("connection", `an answer that is none of ${protocol}`);
  return new ConfigurationError(
    `${context.modelId}: ${context.baseUrl} answers, but not as ${protocol} does. Check the address and the provider.`,
  );
}

const unreachableCodes = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
/** Of OpenSSL and of Node's TLS: a certificate that is not trusted, or a server that speaks no TLS. */
const insecureCode = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/u;

/** Some servers repeat what they refuse, as it was or as a JSON string. */
function repeats(message: string, { messages }: Prompt): boolean {
  return messages.some(({ content }) =>
    content.split("\n").some((line) => {
      const text = line.trim();
      return (
        text.length >= minTellingChars && [text, JSON.stringify(text).slice(1, -1)].some((t) => message.includes(t))
      );
    }),
  );
}

function kindOf(status: number | undefined): FaultKind {
  if (status === 429) return "rateLimited";
  if (status === 408 || status === 504) return "timeout";
  if (status !== undefined && status >= 500) return "overloaded";
  return "rejected";
}

function isRedirect(status: number | undefined): boolean {
  return status !== undefined && status >= 300 && status < 400;
}

/** Without what may be secret: credentials and query. */
function plainAddress(location: string, base: string): string {
  if (!URL.canParse(location, base)) return "nowhere";
  const { origin, pathname } = new URL(location, base);
  return origin + pathname;
}

/** Anthropic says an empty balance by 402 or, under `invalid_request_error`, by 400 and this sentence. */
function isUnpaid({ status, code, message }: SdkError): boolean {
  const saysSo = status === 400 && /\bcredit balance is too low\b/iu.test(message);
  return saysSo || status === 402 || code === "billing_error" || code === "insufficient_quota";
}

function isUnsupportedParameter({ code, param }: SdkError): boolean {
  return (
    (code === "unsupported_value" || code === "unsupported_parameter") && (param === "temperature" || param === "top_p")
  );
}

/** `fetch` refuses some ports before it connects, and says so by these words alone. */
function isBlockedPort(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.message === "bad port") return true;
  return false;
}

/** The system's code at the bottom of a chain of causes. */
function rootCode(error: unknown): string | undefined {
  let code: string | undefined;
  for (let at = error; at instanceof Error; at = at.cause) {
    const own = (at as NodeJS.ErrnoException).code;
    if (typeof own === "string") code = own;
  }
  return code;
}
