/**
 * Claude, through the vendor's SDK. Current models refuse sampling parameters, prefilled answers, thinking budgets and
 * forced tool choice: none is sent. An answer is its text blocks, whatever other blocks stand between them.
 */
import type { Anthropic as Client } from "@anthropic-ai/sdk";
import type { Message as ClaudeMessage } from "@anthropic-ai/sdk/resources/messages/messages";
import type { StopReason } from "../../shared/records/prediction.ts";
import { openExchange } from "./exchange.ts";
import { connectionFault, protocolFault, statusFault } from "./faults.ts";
import type { Answer, Prompt } from "./model.ts";
import type { Provider } from "./provider.ts";
import type { RemoteModel } from "./remote.ts";

const protocol = "the Anthropic Messages API";

export async function anthropicProvider(remote: RemoteModel): Promise<Provider> {
  const {
    default: Anthropic,
    APIConnectionError,
    APIConnectionTimeoutError,
    APIError,
  } = await import("@anthropic-ai/sdk");
  let everAnswered = false;
  let everUnderstood = false;

  /** What is asked: a message, or what it would count. */
  function asked({ system, messages, schema }: Prompt) {
    return {
      model: remote.model,
      ...(system === "" ? {} : { system }),
      messages: messages.map(({ role, content }) => ({ role, content })),
      ...(schema && { output_config: { format: { type: "json_schema" as const, schema: { ...schema.schema } } } }),
    };
  }

  async function exchanged<Result>(
    prompt: Prompt,
    signal: AbortSignal,
    send: (client: Client, options: { readonly signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted();
    const exchange = openExchange(signal, (status, headers) => {
      everAnswered = true;
      remote.observe(status, headers);
    });
    try {
      const client = new Anthropic({
        apiKey: remote.apiKey ?? "none",
        baseURL: remote.baseUrl,
        maxRetries: remote.maxRetries,
        timeout: remote.timeoutMs,
        fetch: exchange.fetch,
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
      // A body that is no JSON.
      if (error instanceof SyntaxError) throw protocolFault(remote, protocol, everUnderstood);
      throw error;
    } finally {
      exchange.close();
    }
  }

  return {
    choicesPerRequest: 1,
    ask: (prompt, _choices, signal) =>
      exchanged(prompt, signal, async (client, options) => {
        const limit = { max_tokens: remote.maxOutputTokens(prompt) };
        const message = await client.messages.create({ ...asked(prompt), ...limit }, options);
        if (!isMessage(message)) throw protocolFault(remote, protocol, everUnderstood);
        everUnderstood = true;
        return [answerOf(message)];
      }),
    countTokens: (prompt, signal) =>
      exchanged(prompt, signal, async (client, options) => {
        const { input_tokens: counted } = await client.messages.countTokens(asked(prompt), options);
        if (typeof counted !== "number") throw protocolFault(remote, protocol, everUnderstood);
        return counted;
      }),
  };
}

/** The vendor's type says what a gateway in between may not keep. */
function isMessage(message: ClaudeMessage): boolean {
  return Array.isArray((message as Partial<ClaudeMessage> | undefined)?.content);
}

function answerOf(message: ClaudeMessage): Answer {
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
