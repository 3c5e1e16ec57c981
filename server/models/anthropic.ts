/**
 * Claude, through the vendor's SDK. Current models refuse sampling parameters, prefilled answers, thinking budgets and
 * forced tool choice: none is sent. An answer is its text blocks, whatever other blocks stand between them.
 */
import type { Message as ClaudeMessage } from "@anthropic-ai/sdk/resources/messages/messages";
import type { StopReason } from "../../shared/records/prediction.ts";
import { openExchange } from "./exchange.ts";
import { connectionFault, protocolFault, statusFault } from "./faults.ts";
import type { Answer } from "./model.ts";
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

  return {
    choicesPerRequest: 1,
    async ask(prompt, _choices, signal) {
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
        const message = await client.messages.create(
          {
            model: remote.model,
            max_tokens: remote.maxOutputTokens(prompt),
            ...(prompt.system === "" ? {} : { system: prompt.system }),
            messages: prompt.messages.map(({ role, content }) => ({ role, content })),
            ...(prompt.schema && {
              output_config: { format: { type: "json_schema" as const, schema: { ...prompt.schema.schema } } },
            }),
          },
          { signal: exchange.signal },
        );
        if (!isMessage(message)) throw protocolFault(remote, protocol, everUnderstood);
        everUnderstood = true;
        return [answerOf(message)];
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
    },
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
