/**
 * Claude's Message Batches, through the vendor's SDK.
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing and the types of @anthropic-ai/sdk.
 */
import { NotFoundError } from "@anthropic-ai/sdk";
import type { MessageBatch, MessageBatchIndividualResponse } from "@anthropic-ai/sdk/resources/messages/batches";
import { answerOf, anthropicClient, askedOf, isMessage } from "./anthropic-client.ts";
import type { BatchProvider, BatchResult, BatchState } from "./batch-provider.ts";
import type { Prompt } from "./model.ts";
import type { RemoteModel } from "./remote.ts";

/** The most that the vendor gives at once. */
const batchesPerPage = 100;

const nothingAsked: Prompt = { version: "", system: "", messages: [], maxOutputTokens: 0 };

export async function anthropicBatches(remote: RemoteModel): Promise<BatchProvider> {
  const { exchange, understood } = await anthropicClient(remote);

  function paramsOf(prompt: Prompt) {
    const { system, ...asked } = askedOf(remote, prompt);
    // The part that every request of a stage begins with. A batch may take longer than the five minutes of the default.
    const cached = { type: "ephemeral" as const, ttl: "1h" as const };
    return {
      ...asked,
      ...(system === undefined ? {} : { system: [{ type: "text" as const, text: system, cache_control: cached }] }),
      max_tokens: remote.maxOutputTokens(prompt),
    };
  }

  function stateOf(batch: MessageBatch): BatchState {
    const counts = (batch as Partial<MessageBatch> | undefined)?.request_counts;
    understood(typeof counts?.processing === "number" && typeof batch.id === "string");
    const { processing, succeeded, errored, canceled, expired } = batch.request_counts;
    return {
      batchId: batch.id,
      createdAt: new Date(batch.created_at),
      size: processing + succeeded + errored + canceled + expired,
      underWay: processing,
      ended: batch.processing_status === "ended",
      archived: batch.archived_at !== null && batch.archived_at !== undefined,
    };
  }

  return {
    create(requests, signal) {
      const messages = requests.flatMap(({ prompt }) => prompt.messages);
      return exchange({ prompt: { ...nothingAsked, messages }, signal, maxRetries: 0 }, async (client, options) => {
        const sent = requests.map(({ id, prompt }) => ({ custom_id: id, params: paramsOf(prompt) }));
        return stateOf(await client.messages.batches.create({ requests: sent }, options));
      });
    },
    async *list(signal) {
      let after: string | undefined;
      for (;;) {
        const page = await exchange({ prompt: nothingAsked, signal }, (client, options) =>
          client.messages.batches.list({ limit: batchesPerPage, ...(after && { after_id: after }) }, options),
        );
        understood(Array.isArray(page.data));
        yield* page.data.map(stateOf);
        if (!page.has_more || page.last_id === null) return;
        after = page.last_id;
      }
    },
    retrieve: (batchId, signal) =>
      exchange({ prompt: nothingAsked, signal }, async (client, options) => {
        try {
          return stateOf(await client.messages.batches.retrieve(batchId, {}, options));
        } catch (error) {
          if (error instanceof NotFoundError) return undefined;
          throw error;
        }
      }),
    async *results(batchId, signal) {
      const path = `/v1/messages/batches/${encodeURIComponent(batchId)}/results`;
      const ours = `${remote.baseUrl.replace(/\/+$/u, "")}${path}`;
      // The vendor names the results' address. Behind a gateway that is not the one that was given, and the key goes to
      // no other. The body is read as it comes: it holds every answer of the batch.
      const fetchOurs: typeof fetch = (input, init) => {
        const asked = input instanceof Request ? input.url : String(input);
        return fetch(new URL(asked).pathname.endsWith("/results") ? ours : asked, { ...init, redirect: "manual" });
      };
      const lines = await exchange({ prompt: nothingAsked, signal, fetch: fetchOurs }, (client) =>
        client.messages.batches.results(batchId, {}, { signal }),
      );
      const iterator = lines[Symbol.asyncIterator]();
      try {
        for (;;) {
          // The connection may be lost, or the body be something else, at any line.
          const next = await exchange({ prompt: nothingAsked, signal }, () => iterator.next());
          if (next.done) return;
          yield resultOf(next.value);
        }
      } finally {
        await iterator.return?.(undefined);
      }
    },
  };
}

function resultOf({ custom_id: id, result }: MessageBatchIndividualResponse): BatchResult {
  if (result.type === "succeeded" && isMessage(result.message)) {
    return { id, kind: "answer", answer: answerOf(result.message) };
  }
  const rejected = result.type === "errored" && result.error.error.type === "invalid_request_error";
  return { id, kind: "none", rejected };
}
