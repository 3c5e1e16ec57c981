/**
 * A double of the chat completions API (`POST /v1/chat/completions`), as the vendor and the self-hosted servers that
 * imitate it speak it. Source: the request and response types of the openai package.
 */
import type { Double, DoubleOptions, Wire, WireError } from "./http-double.ts";
import { contentText, isRecord, runDouble, schemaFault, startDouble, tokens } from "./http-double.ts";

export interface OpenAiDoubleOptions extends DoubleOptions {
  /** False: a self-hosted server that asks for no key. */
  readonly wantsKey?: boolean;
  /** The most choices in one answer: `ignored` gives one whatever `n` is, `refused` answers 400 to more than one. */
  readonly choices?: "given" | "ignored" | "refused";
  /** Refuses `temperature`, as reasoning models do. */
  readonly refusesTemperature?: boolean;
}

export const unknownModel = "no-such-model";
export const badKey = "sk-bad";

const takenFields = new Set([
  "model",
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "temperature",
  "top_p",
  "seed",
  "stop",
  "stream",
  "response_format",
  "logprobs",
  "frequency_penalty",
  "presence_penalty",
  "user",
]);
const roles = new Set(["system", "developer", "user", "assistant"]);

function openAiWire(options: OpenAiDoubleOptions): Wire {
  const { wantsKey = true, choices = "given", refusesTemperature = false } = options;
  return {
    path: "/v1/chat/completions",
    refuse(headers, body) {
      if (wantsKey) {
        const key = headers.authorization?.replace(/^Bearer /u, "");
        if (key === undefined || key === "") return authentication("You didn't provide an API key.", null);
        if (key === badKey) return authentication("Incorrect API key provided.", "invalid_api_key");
      }
      if (!isRecord(body)) return invalid("the body must be an object");
      for (const field of Object.keys(body)) {
        if (!takenFields.has(field)) return invalid(`Unrecognized request argument supplied: ${field}`);
      }
      if (typeof body["model"] !== "string") return invalid("you must provide a model parameter");
      if (body["model"] === unknownModel) {
        const message = `The model \`${body["model"]}\` does not exist or you do not have access to it.`;
        return { status: 404, type: "invalid_request_error", message, code: "model_not_found" };
      }
      if (refusesTemperature && body["temperature"] !== undefined) {
        const message = "Unsupported value: 'temperature' does not support this value with this model.";
        return { ...invalid(message), code: "unsupported_value", param: "temperature" };
      }
      const n = body["n"] ?? 1;
      if (!Number.isInteger(n) || (n as number) < 1 || (n as number) > 128) return invalid("n must be from 1 to 128");
      if (choices === "refused" && n !== 1) return invalid("n greater than 1 is not supported");
      for (const limit of ["max_tokens", "max_completion_tokens"]) {
        const value = body[limit];
        if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1))
          return invalid(`${limit} is too low`);
      }
      return refuseMessages(body["messages"]) ?? refuseFormat(body["response_format"]);
    },
    read(body) {
      const { messages, n, response_format } = body as {
        messages: { role: string; content: unknown }[];
        n?: number;
        response_format?: { json_schema?: { schema?: unknown } };
      };
      const plain = messages.map(({ role, content }) => ({ role, content: contentText(content) }));
      return {
        schema: response_format?.json_schema?.schema,
        system: plain.find(({ role }) => role === "system" || role === "developer")?.content ?? "",
        messages: plain.filter(({ role }) => role === "user" || role === "assistant"),
        choices: choices === "given" ? (n ?? 1) : 1,
      };
    },
    answer(body, plans, number) {
      const promptTokens = tokens(JSON.stringify(body));
      const completionTokens = plans.reduce((sum, { text }) => sum + tokens(text), 0);
      return {
        id: `chatcmpl-${number}`,
        object: "chat.completion",
        created: 0,
        model: (body as { model: string }).model,
        choices: plans.map(({ text, stop }, index) => ({
          index,
          message: {
            role: "assistant",
            content: stop === "refusal" ? null : text,
            refusal: stop === "refusal" ? "I cannot." : null,
          },
          logprobs: null,
          finish_reason: stop === "truncated" ? "length" : "stop",
        })),
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
        },
      };
    },
    error: ({ type, message, code, param }) => ({ error: { message, type, param: param ?? null, code: code ?? null } }),
    headers: (number) => ({ "x-request-id": `req_${number}` }),
    overloaded: { status: 503, type: "server_error", message: "The engine is currently overloaded." },
    rateLimited: { status: 429, type: "requests", message: "Rate limit reached.", code: "rate_limit_exceeded" },
  };
}

function refuseMessages(messages: unknown): WireError | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return invalid("[] is too short - 'messages'");
  for (const [i, message] of messages.entries()) {
    if (!isRecord(message) || !roles.has(String(message["role"])))
      return invalid(`messages[${i}].role is not supported`);
    if (typeof message["content"] !== "string" && !Array.isArray(message["content"])) {
      return invalid(`messages[${i}].content must be a string or a list`);
    }
  }
  return undefined;
}

/** Source: https://platform.openai.com/docs/guides/structured-outputs */
function refuseFormat(format: unknown): WireError | undefined {
  if (format === undefined) return undefined;
  const type = isRecord(format) ? format["type"] : undefined;
  if (!isRecord(format) || !["text", "json_object", "json_schema"].includes(String(type))) {
    return { ...invalid("Invalid value for 'response_format.type'."), param: "response_format" };
  }
  if (type !== "json_schema") return undefined;
  const { json_schema: named } = format;
  if (!isRecord(named) || !/^[\w-]{1,64}$/u.test(String(named["name"] ?? ""))) {
    return { ...invalid("Missing required parameter: 'response_format.json_schema.name'."), param: "response_format" };
  }
  const fault = named["strict"] === true ? schemaFault(named["schema"]) : undefined;
  if (fault === undefined) return undefined;
  return { ...invalid(`Invalid schema for response_format '${named["name"]}': ${fault}`), param: "response_format" };
}

function invalid(message: string): WireError {
  return { status: 400, type: "invalid_request_error", message };
}

function authentication(message: string, code: string | null): WireError {
  return { status: 401, type: "invalid_request_error", message, ...(code === null ? {} : { code }) };
}

export function startOpenAiDouble(options: OpenAiDoubleOptions): Promise<Double> {
  return startDouble(openAiWire(options), options);
}

if (import.meta.main) await runDouble(startOpenAiDouble);
