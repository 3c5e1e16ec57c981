/**
 * The Message Batches API of the Anthropic double: create, list, retrieve and results as JSON Lines.
 * Source: the types of @anthropic-ai/sdk, and https://platform.claude.com/docs/en/build-with-claude/batch-processing.
 */
import type { AlsoAsked, AlsoReply, AnswerPlan, DoubleOptions, Wire } from "./http-double.ts";
import { hashOf, isRecord } from "./http-double.ts";

const path = "/v1/messages/batches";
const maxRequests = 100_000;
const customId = /^[a-zA-Z0-9_-]{1,64}$/u;

/** What can happen to a batch as a whole, when it is made. */
export type CreateFault =
  /** It is made, and the connection is reset before anybody hears of it. */
  | "lost"
  /** It is not made, and the connection is reset. */
  | "reset"
  /** 429, not made. */
  | "rateLimit"
  /** 529, not made. */
  | "overloaded";

/** What can happen to one request of a batch. Not sold: expired, canceled, errored, invalid, missing. */
export type ItemFault = "expired" | "canceled" | "errored" | "invalid" | "missing" | "duplicated" | "refusal";

export interface DoubleBatch {
  readonly id: string;
  readonly createdAt: Date;
  readonly requests: readonly { readonly custom_id: string; readonly params: Record<string, unknown> }[];
  /** Undefined while it is worked on. */
  results: string[] | undefined;
}

export interface BatchesDouble {
  /** In the order in which they were made. */
  readonly made: readonly DoubleBatch[];
  /** While true, batches stay under way. */
  held: boolean;
  /** Results come in the reverse order. */
  reversed: boolean;
  /** How many requests for results break off in the middle of their body. */
  cutResults: number;
  /** Strikes the next batches that are to be made, one each. */
  failCreate(...faults: readonly CreateFault[]): void;
  /** Strikes the next `times` requests whose parameters contain `matching`. */
  failItem(fault: ItemFault, times: number, matching?: string): void;
  /** A batch of somebody else's with the same key. */
  addForeign(size: number): void;
  /** Answers on the bill: how many, and of how many different requests. */
  bill(): { readonly bought: number; readonly distinct: number };
}

export function batchesDouble(wire: Wire, options: DoubleOptions, now: () => Date) {
  const made: DoubleBatch[] = [];
  const createFaults: CreateFault[] = [];
  const itemFaults: { fault: ItemFault; left: number; matching: string }[] = [];
  const sold: string[] = [];

  const double: BatchesDouble = {
    made,
    held: false,
    reversed: false,
    cutResults: 0,
    failCreate: (...faults) => void createFaults.push(...faults),
    failItem: (fault, times, matching = "") => void itemFaults.push({ fault, left: times, matching }),
    addForeign(size) {
      const requests = Array.from({ length: size }, (_, i) => ({
        custom_id: `theirs-${made.length}-${i}`,
        params: { model: "m", max_tokens: 1, messages: [{ role: "user", content: "theirs" }] },
      }));
      made.push({ id: nextId(), createdAt: now(), requests, results: undefined });
    },
    bill: () => ({ bought: sold.length, distinct: new Set(sold).size }),
  };

  const nextId = () => `msgbatch_${String(made.length).padStart(24, "0")}`;

  function work(batch: DoubleBatch): void {
    if (double.held || batch.results !== undefined) return;
    const lines = batch.requests.flatMap(({ custom_id, params }, i) => {
      const text = JSON.stringify(params);
      const plan = itemFaults.find(({ left, matching }) => left > 0 && text.includes(matching));
      if (plan) plan.left--;
      const fault = plan?.fault;
      const line = (result: unknown): string => JSON.stringify({ custom_id, result });
      if (fault === "missing") return [];
      if (fault === "expired" || fault === "canceled") return [line({ type: fault })];
      const refused =
        fault === "invalid"
          ? { status: 400, type: "invalid_request_error", message: "too long" }
          : fault === "errored"
            ? { status: 500, type: "api_error", message: "Internal server error" }
            : wire.refuse(
                { "x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json" },
                params,
              );
      if (refused) return [line({ type: "errored", error: wire.error(refused) })];
      const { system, messages, schema } = wire.read(params);
      const prompt = messages.findLast(({ role }) => role === "user")?.content ?? "";
      const hash = hashOf(params);
      const sample = sold.filter((other) => other === hash).length;
      const answer: AnswerPlan =
        fault === "refusal"
          ? { text: "", stop: "refusal" }
          : { text: options.answer({ system, messages, prompt, schema, sample }), stop: "end" };
      if (!custom_id.startsWith("theirs")) sold.push(hash);
      const came = line({ type: "succeeded", message: wire.answer(params, [answer], i) });
      return fault === "duplicated" ? [came, came] : [came];
    });
    batch.results = double.reversed ? lines.reverse() : lines;
  }

  function shown(batch: DoubleBatch): unknown {
    work(batch);
    const ended = batch.results !== undefined;
    const count = (type: string) =>
      (batch.results ?? []).filter((line) => (JSON.parse(line) as { result: { type: string } }).result.type === type)
        .length;
    const [errored, canceled, expired] = [count("errored"), count("canceled"), count("expired")];
    const size = batch.requests.length;
    return {
      id: batch.id,
      type: "message_batch",
      processing_status: ended ? "ended" : "in_progress",
      // Whatever the lines say, these add up to the size.
      request_counts: ended
        ? { processing: 0, succeeded: size - errored - canceled - expired, errored, canceled, expired }
        : { processing: size, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
      created_at: batch.createdAt.toISOString(),
      ended_at: ended ? now().toISOString() : null,
      expires_at: new Date(batch.createdAt.getTime() + 86_400_000).toISOString(),
      archived_at: null,
      cancel_initiated_at: null,
      // Somewhere that no key should go to.
      results_url: ended ? `https://results.invalid${path}/${batch.id}/results` : null,
    };
  }

  function create(body: unknown): AlsoReply {
    const requests = isRecord(body) ? body["requests"] : undefined;
    if (!Array.isArray(requests) || requests.length === 0) return invalid("requests: Field required");
    if (requests.length > maxRequests) return invalid("requests: too many");
    const ids = requests.map((request: unknown) => (isRecord(request) ? String(request["custom_id"]) : ""));
    if (ids.some((id) => !customId.test(id))) return invalid("custom_id: should match '^[a-zA-Z0-9_-]{1,64}$'");
    if (new Set(ids).size < ids.length) return invalid("custom_id: must be unique");
    const fault = createFaults.shift();
    if (fault === "reset") return { reset: true };
    if (fault === "rateLimit") return { ...failed(wire.rateLimited), headers: { "retry-after": "1" } };
    if (fault === "overloaded") return failed(wire.overloaded);
    const batch = { id: nextId(), createdAt: now(), requests: requests as DoubleBatch["requests"], results: undefined };
    made.push(batch);
    return fault === "lost" ? { reset: true } : { status: 200, body: { ...(shownNew(batch) as object) } };
  }

  /** Just made: nothing of it is worked on. */
  function shownNew(batch: DoubleBatch): unknown {
    const { held } = double;
    double.held = true;
    const state = shown(batch);
    double.held = held;
    return state;
  }

  function list(query: URLSearchParams): AlsoReply {
    const newest = made.toReversed();
    const after = newest.findIndex(({ id }) => id === query.get("after_id"));
    const limit = Number(query.get("limit") ?? 20);
    const data = newest.slice(after + 1, after + 1 + limit);
    return {
      status: 200,
      body: {
        data: data.map(shown),
        has_more: newest.length > after + 1 + data.length,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
      },
    };
  }

  const failed = (error: typeof wire.overloaded): AlsoReply => ({ status: error.status, body: wire.error(error) });
  const invalid = (message: string) => failed({ status: 400, type: "invalid_request_error", message });

  function also({ method, url, headers, body }: AlsoAsked): AlsoReply | undefined {
    if (!url.pathname.startsWith(path)) return undefined;
    const refused = wire.refuse({ ...headers, "content-type": "application/json" }, undefined);
    if (refused?.status === 401) return failed(refused);
    const [id, what] = url.pathname.slice(path.length + 1).split("/");
    if (id === "" || id === undefined) return method === "POST" ? create(body) : list(url.searchParams);
    const batch = made.find((other) => other.id === id);
    if (batch === undefined) return failed({ status: 404, type: "not_found_error", message: "no such batch" });
    if (what === undefined) return { status: 200, body: shown(batch) };
    if (what !== "results" || batch.results === undefined) return undefined;
    const whole = batch.results.map((line) => `${line}\n`).join("");
    const cut = double.cutResults > 0;
    if (cut) double.cutResults--;
    return { status: 200, body: whole, headers: { "content-type": "application/x-jsonl" }, ...(cut && { cut: true }) };
  }

  return { double, also };
}
