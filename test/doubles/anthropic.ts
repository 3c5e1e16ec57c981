/**
 * A double of the Messages API (`POST /v1/messages`), as current Claude models speak it: they refuse sampling
 * parameters, prefilled answers, thinking budgets and forced tool choice, and so does this.
 * Source: the request and response types of @anthropic-ai/sdk, and https://docs.claude.com/en/api/errors.
 */
import type { BatchesDouble } from "./anthropic-batches.ts";
import { batchesDouble } from "./anthropic-batches.ts";
import type { Double, DoubleOptions, Wire, WireError } from "./http-double.ts";
import { contentText, isRecord, runDouble, schemaFault, startDouble, tokens } from "./http-double.ts";

/** Whatever model is not this is known. */
export const unknownModel = "claude-unknown";
/** The key that is refused. */
export const badKey = "sk-bad";

const takenFields = new Set([
  "max_tokens",
  "messages",
  "model",
  "cache_control",
  "metadata",
  "output_config",
  "service_tier",
  "stop_sequences",
  "stream",
  "system",
  "thinking",
  "tool_choice",
  "tools",
]);
/** Versions of the API; the SDK in use sends the newest. */
const versions = new Set(["2023-06-01", "2026-10-21"]);
const refusedFields = ["temperature", "top_p", "top_k"];

/** What counting takes of it: nothing that is about the answer's length or its delivery. */
const countedFields = new Set([
  "messages",
  "model",
  "cache_control",
  "output_config",
  "system",
  "thinking",
  "tool_choice",
  "tools",
]);

const anthropicWire: Wire = {
  path: "/v1/messages",
  refuse(headers, body) {
    const key = headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /u, "");
    if (key === undefined || key === "") return authentication("a key is required");
    if (key === badKey) return authentication("invalid API key");
    if (!versions.has(String(headers["anthropic-version"]))) return invalid("anthropic-version: unknown version");
    if (!headers["content-type"]?.startsWith("application/json")) return invalid("content-type must be JSON");
    if (!isRecord(body)) return invalid("the body must be an object");
    for (const field of refusedFields) {
      if (field in body) return invalid(`\`${field}\` is deprecated for this model.`);
    }
    for (const field of Object.keys(body)) {
      if (!takenFields.has(field)) return invalid(`${field}: Extra inputs are not permitted`);
    }
    if (typeof body["model"] !== "string") return invalid("model: Field required");
    if (body["model"] === unknownModel) {
      return { status: 404, type: "not_found_error", message: `model: ${body["model"]}` };
    }
    if (!Number.isInteger(body["max_tokens"])) return invalid("max_tokens: Field required");
    if ((body["max_tokens"] as number) < 1) return invalid("max_tokens: must be at least 1");
    if (isRecord(body["thinking"]) && body["thinking"]["type"] === "enabled") {
      return invalid("thinking.type.enabled is not supported for this model. Use thinking.type.adaptive.");
    }
    if (isRecord(body["tool_choice"]) && ["any", "tool"].includes(String(body["tool_choice"]["type"]))) {
      return invalid("tool_choice forces tool use, which is not supported for this model.");
    }
    return refuseMessages(body["messages"]) ?? refuseSystem(body["system"]) ?? refuseFormat(body["output_config"]);
  },
  read(body) {
    const { system, messages, output_config } = body as {
      system?: unknown;
      messages: { role: string; content: unknown }[];
      output_config?: { format?: { schema: unknown } | null };
    };
    return {
      schema: output_config?.format?.schema,
      system: contentText(system),
      messages: messages.map(({ role, content }) => ({ role, content: contentText(content) })),
      choices: 1,
    };
  },
  answer(body, [plan], number) {
    const text = plan?.text ?? "";
    const stop = plan?.stop ?? "end";
    return {
      id: `msg_${String(number).padStart(24, "0")}`,
      type: "message",
      role: "assistant",
      model: (body as { model: string }).model,
      container: null,
      diagnostics: null,
      // Current models may think before they answer; who takes the first block for the answer is wrong.
      content: [
        { type: "thinking", thinking: "", signature: "c2lnbmF0dXJl" },
        ...(text === "" ? [] : [{ type: "text", text, citations: null }]),
      ],
      stop_reason: { end: "end_turn", truncated: "max_tokens", refusal: "refusal" }[stop],
      stop_details: stop === "refusal" ? { type: "refusal", category: null, explanation: null } : null,
      stop_sequence: null,
      usage: {
        input_tokens: tokens(JSON.stringify(body)),
        cache_creation: null,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: tokens(text),
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: "standard",
        speed: null,
        inference_geo: null,
      },
    };
  },
  error: ({ type, message }) => ({ type: "error", error: { type, message }, request_id: "req_double" }),
  headers: (number) => ({ "request-id": `req_${number}` }),
  counter: {
    path: "/v1/messages/count_tokens",
    refuse(headers, body) {
      const uncounted = isRecord(body) ? Object.keys(body).find((field) => !countedFields.has(field)) : undefined;
      if (uncounted !== undefined) return invalid(`${uncounted}: Extra inputs are not permitted`);
      return anthropicWire.refuse(headers, isRecord(body) ? { ...body, max_tokens: 1 } : body);
    },
    answer: (body) => ({ input_tokens: tokens(JSON.stringify(body)) }),
  },
  overloaded: { status: 529, type: "overloaded_error", message: "Overloaded" },
  rateLimited: { status: 429, type: "rate_limit_error", message: "This request would exceed your rate limit." },
};

function refuseMessages(messages: unknown): WireError | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return invalid("messages: at least one message is required");
  for (const [i, message] of messages.entries()) {
    if (!isRecord(message)) return invalid(`messages.${i}: Input should be an object`);
    if (message["role"] !== "user" && message["role"] !== "assistant") {
      return invalid(`messages.${i}.role: Input should be 'user' or 'assistant'`);
    }
    if (contentText(message["content"]).trim() === "") {
      return invalid(`messages.${i}: text content blocks must contain non-whitespace text`);
    }
  }
  if (messages[0].role !== "user") return invalid("messages: first message must use the user role");
  if (messages.at(-1).role === "assistant") {
    return invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  return undefined;
}

function refuseSystem(system: unknown): WireError | undefined {
  if (system === undefined || typeof system === "string") return undefined;
  const blocks: unknown[] = Array.isArray(system) ? system : [undefined];
  const wrong = blocks.some((block) => !isRecord(block) || block["type"] !== "text" || block["text"] === "");
  return wrong ? invalid("system: text content blocks must be non-empty") : undefined;
}

/** Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
function refuseFormat(config: unknown): WireError | undefined {
  if (config === undefined) return undefined;
  if (!isRecord(config)) return invalid("output_config: Input should be an object");
  const extra = Object.keys(config).find((field) => field !== "format" && field !== "effort");
  if (extra !== undefined) return invalid(`output_config.${extra}: Extra inputs are not permitted`);
  const { format } = config;
  if (format === undefined || format === null) return undefined;
  if (!isRecord(format) || format["type"] !== "json_schema") {
    return invalid("output_config.format.type: Input should be 'json_schema'");
  }
  const odd = Object.keys(format).find((field) => field !== "type" && field !== "schema");
  if (odd !== undefined) return invalid(`output_config.format.${odd}: Extra inputs are not permitted`);
  const fault = schemaFault(format["schema"], "output_config.format.schema");
  return fault === undefined ? undefined : invalid(fault);
}

function invalid(message: string): WireError {
  return { status: 400, type: "invalid_request_error", message };
}

function authentication(message: string): WireError {
  return { status: 401, type: "authentication_error", message };
}

export function startAnthropicDouble(options: DoubleOptions): Promise<Double> {
  return startDouble(anthropicWire, options);
}

/** The same with the Message Batches API. @param now the vendor's clock */
export async function startBatchesDouble(
  options: DoubleOptions,
  now: () => Date = () => new Date(),
): Promise<Double & { readonly batches: BatchesDouble }> {
  const { double: batches, also } = batchesDouble(anthropicWire, options, now);
  return Object.assign(await startDouble(anthropicWire, options, also), { batches });
}

if (import.meta.main) await runDouble(startAnthropicDouble);
