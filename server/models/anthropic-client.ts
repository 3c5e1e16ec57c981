/** One exchange with Claude's API through the vendor's SDK, and what a request and an answer look like in it. */
import type { Anthropic as Client, ClientOptions } from "@anthropic-ai/sdk";
import type { Message as ClaudeMessage } from "@anthropic-ai/sdk/resources/messages/messages";
import type { StopReason } from "../../shared/records/prediction.ts";
import { openExchange } from "./exchange.ts";
import { connectionFault, protocolFault, statusFault } from "./faults.ts";
import type { Answer, Prompt } from "./model.ts";
import type { RemoteModel } from "./remote.ts";

const protocol = "the Anthropic Messages API";

/** What is sent, besides what is asked, and how. */
export interface ExchangeOptions {
  /** What a refusal must not repeat. */
  readonly prompt: Prompt;
  readonly signal: AbortSignal;
  /** Instead of the model's own. */
  readonly maxRetries?: number;
  /** Instead of one that reads the body before the SDK sees it. */
  readonly fetch?: ClientOptions["fetch"];
}

export interface AnthropicClient {
  /** @throws as `Provider.ask` */
  exchange<Result>(
    options: ExchangeOptions,
    send: (client: Client, options: { readonly signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result>;
  /** @throws where `answer` is none of the API's */
  understood(answer: boolean): void;
}

export async function anthropicClient(remote: RemoteModel): Promise<AnthropicClient> {
  const {
    default: Anthropic,
    APIConnectionError,
    APIConnectionTimeoutError,
    APIError,
  } = await import("@anthropic-ai/sdk");
  let everAnswered = false;
  let everUnderstood = false;

  return {
    understood(answer) {
      if (!answer) throw protocolFault(remote, protocol, everUnderstood);
      everUnderstood = true;
    },
    async exchange({ prompt, signal, maxRetries = remote.maxRetries, fetch }, send) {
      signal.throwIfAborted();
      const exchange = openExchange(signal, (status, headers) => {
        everAnswered = true;
        remote.observe(status, headers);
      });
      try {
        const client = new Anthropic({
          apiKey: remote.apiKey ?? "none",
          baseURL: remote.baseUrl,
          maxRetries,
          timeout: remote.timeoutMs,
          fetch: fetch ?? exchange.fetch,
          // Its log would show code, and on standard output.
          logLevel: "off",
          openTelemetry: false,
        });
        return await send(client, { signal: exchange.signal });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof APIConnectionError) {
          throw connectionFault(error, remote, error instanceof APIConnectionTimeoutError, everAnswered);
        }
        if (error instanceof APIError) {
          const { status, type, apiMessage } = error;
          const location = error.headers?.get("location") ?? undefined;
          const message = apiMessage ?? "";
          throw statusFault({ status, code: type ?? undefined, param: undefined, message, location }, remote, prompt);
        }
        // `fetch` says so of a body that breaks off while it is read.
        if (error instanceof TypeError && error.message === "terminated") {
          throw connectionFault(error, remote, false, everAnswered);
        }
        // A body that is no JSON.
        if (error instanceof SyntaxError) throw protocolFault(remote, protocol, everUnderstood);
        throw error;
      } finally {
        exchange.close();
      }
    },
  };
}

/** What is asked: a message, or what it would count. */
export function askedOf({ model }: Pick<RemoteModel, "model">, { system, messages, schema }: Prompt) {
  return {
    model,
    ...(system === "" ? {} : { system }),
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(schema && { output_config: { format: { type: "json_schema" as const, schema: { ...schema.schema } } } }),
  };
}

/** The vendor's type says what a gateway in between may not keep. */
export function isMessage(message: ClaudeMessage): boolean {
  return Array.isArray((message as Partial<ClaudeMessage> | undefined)?.content);
}

export function answerOf(message: ClaudeMessage): Answer {
  const { usage } = message as Partial<ClaudeMessage>;
  return {
    raw: message.content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    usage: {
      inputTokens: usage?.input_tokens ?? 0,
      outputTokens: usage?.output_tokens ?? 0,
      cacheReadTokens: usage?.cache_read_input_tokens ?? 0,
      cacheWriteTokens: usage?.cache_creation_input_tokens ?? 0,
    },
    stopReason: stopReasonOf(message.stop_reason),
  };
}

function stopReasonOf(reason: ClaudeMessage["stop_reason"]): StopReason {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
      return "end";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "maxTokens";
    case "refusal":
      return "refusal";
    default:
      return "other";
  }
}
