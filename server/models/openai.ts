/**
 * Chat completions through the openai SDK: the vendor's own models, and every server that imitates the protocol (vLLM,
 * Ollama, llama.cpp). Several samples of one prompt are asked for as choices of one request, where the server gives them.
 */
import type { ChatCompletion } from "openai/resources/chat/completions";
import type { StopReason, Usage } from "../../shared/records/prediction.ts";
import { NO_USAGE } from "../../shared/records/prediction.ts";
import { openExchange } from "./exchange.ts";
import type { SdkError } from "./faults.ts";
import { connectionFault, protocolFault, statusFault } from "./faults.ts";
import type { Answer, AnswerSchema, Prompt } from "./model.ts";
import type { Provider } from "./provider.ts";
import type { RemoteModel } from "./remote.ts";

const protocol = "the OpenAI chat completions API";
const badGateway = 502;

export async function openAiProvider(remote: RemoteModel): Promise<Provider> {
  const { OpenAI, APIConnectionError, APIConnectionTimeoutError, APIError } = await import("openai");
  let everAnswered = false;
  let everUnderstood = false;
  let choicesPerRequest = remote.choicesPerRequest;

  function parameters(prompt: Prompt, choices: number) {
    const limit = remote.maxOutputTokens(prompt);
    const { temperature, topP } = remote.sampling;
    const system = prompt.system === "" ? [] : [{ role: "system" as const, content: prompt.system }];
    return {
      model: remote.model,
      messages: [...system, ...prompt.messages.map(({ role, content }) => ({ role, content }))],
      // The vendor's newer models refuse the old name; servers that imitate the protocol may know no other.
      ...(remote.selfHosted ? { max_tokens: limit } : { max_completion_tokens: limit }),
      ...(choices > 1 ? { n: choices } : {}),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { top_p: topP }),
      ...(prompt.schema && { response_format: responseFormat(prompt.schema) }),
    };
  }

  async function askOnce(prompt: Prompt, choices: number, signal: AbortSignal): Promise<Answer[]> {
    const exchange = openExchange(signal, (status, headers) => {
      everAnswered = true;
      remote.observe(status, headers);
    });
    try {
      const client = new OpenAI({
        apiKey: remote.apiKey ?? "none",
        adminAPIKey: null,
        // The vendor's account is nobody else's business.
        ...(remote.selfHosted ? { organization: null, project: null } : {}),
        baseURL: remote.baseUrl,
        maxRetries: remote.maxRetries,
        timeout: remote.timeoutMs,
        fetch: exchange.fetch,
        // Its log would show code, and on standard output.
        logLevel: "off",
      });
      const completion = await client.chat.completions.create(parameters(prompt, choices), { signal: exchange.signal });
      const answers = answersOf(completion);
      if (answers === undefined) {
        const told = errorIn(completion);
        throw told ? statusFault(told, remote, prompt) : protocolFault(remote, protocol, everUnderstood);
      }
      everUnderstood = true;
      return answers.slice(0, choices);
    } finally {
      exchange.close();
    }
  }

  return {
    get choicesPerRequest() {
      return choicesPerRequest;
    },
    async ask(prompt, choices, signal) {
      signal.throwIfAborted();
      try {
        try {
          return await askOnce(prompt, choices, signal);
        } catch (error) {
          const refusesChoices =
            choices > 1 && error instanceof APIError && (error.status === 400 || error.status === 422);
          if (!refusesChoices) throw error;
          // Some servers know no `n`. If one choice is refused as well, the prompt was the reason.
          const answers = await askOnce(prompt, 1, signal);
          choicesPerRequest = 1;
          return answers;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof APIConnectionError) {
          throw connectionFault(error, remote, error instanceof APIConnectionTimeoutError, everAnswered);
        }
        if (error instanceof APIError) {
          const { status, code, type, param } = error;
          const location = error.headers?.get("location") ?? undefined;
          const message = saidBy(error.error);
          throw statusFault(
            { status, code: code ?? type, param: param ?? undefined, message, location },
            remote,
            prompt,
          );
        }
        // A body that is no JSON.
        if (error instanceof SyntaxError) throw protocolFault(remote, protocol, everUnderstood);
        throw error;
      }
    },
  };
}

/** Strict: the vendor constrains the model to the schema, rather than hoping for it. */
function responseFormat({ name, schema }: AnswerSchema) {
  return { type: "json_schema" as const, json_schema: { name, strict: true, schema: { ...schema } } };
}

/** Gateways (OpenRouter is one) say with status 200 that what stands behind them failed, and how. */
function errorIn(completion: ChatCompletion | null | undefined): SdkError | undefined {
  const { error } = (completion ?? {}) as { error?: unknown };
  if (typeof error !== "object" || error === null) return undefined;
  const code = "code" in error && typeof error.code === "number" ? error.code : badGateway;
  return { status: code, code: undefined, param: undefined, message: saidBy(error), location: undefined };
}

/** The sentence in the `error` of a body, which is an object with a message or, with some servers, the message. */
function saidBy(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return typeof message === "string" ? message : "";
}

/** Undefined where it is no completion: servers that imitate the protocol do so more or less. */
function answersOf(completion: ChatCompletion | null | undefined): Answer[] | undefined {
  const { choices, usage } = (completion ?? {}) as Partial<ChatCompletion>;
  if (!Array.isArray(choices) || choices.length === 0) return undefined;
  const inOrder = choices.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
  if (!inOrder.every((choice) => isMessage(choice?.message))) return undefined;
  const shares = usageShares(usage, inOrder.length);
  return inOrder.map((choice, i) => {
    // Not only null: servers that imitate the protocol leave fields out.
    const { content, refusal } = choice.message as Partial<ChatCompletion.Choice["message"]>;
    return {
      raw: content ?? refusal ?? "",
      usage: shares[i] ?? NO_USAGE,
      stopReason: refusal ? "refusal" : stopReasonOf(choice.finish_reason),
    };
  });
}

/** With a text, or with none where the model refused or said nothing. */
function isMessage(message: ChatCompletion.Choice["message"] | null | undefined): boolean {
  if (typeof message !== "object" || message === null) return false;
  const { content, refusal } = message as Partial<ChatCompletion.Choice["message"]>;
  return [content, refusal].every((text) => typeof text === "string" || text === null || text === undefined);
}

/**
 * One request's usage over its choices, so that sums are right: the prompt was read once, for the first; what each
 * choice took of the output is not said, so it is divided evenly.
 */
function usageShares(usage: ChatCompletion["usage"], choices: number): Usage[] {
  const cached = usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const written = usage?.prompt_tokens_details?.cache_write_tokens ?? 0;
  const output = usage?.completion_tokens ?? 0;
  const even = Math.floor(output / choices);
  return Array.from({ length: choices }, (_, i) =>
    i > 0
      ? { ...NO_USAGE, outputTokens: even }
      : {
          inputTokens: Math.max(0, (usage?.prompt_tokens ?? 0) - cached - written),
          outputTokens: output - even * (choices - 1),
          cacheReadTokens: cached,
          cacheWriteTokens: written,
        },
  );
}

function stopReasonOf(reason: string | null | undefined): StopReason {
  switch (reason) {
    case "stop":
      return "end";
    case "length":
      return "maxTokens";
    case "content_filter":
      return "refusal";
    default:
      return "other";
  }
}
