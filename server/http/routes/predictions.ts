/** Predictions for clients that speak no LSP. Nothing that is asked or answered here is stored, or stands in the log. */
import { snapshotId } from "../../../shared/ids.ts";
import { redactSnapshot } from "../../../shared/privacy/redact.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { normalizeRemote } from "../../../shared/repository/remote.ts";
import type { Policy } from "../../../shared/wire/policy.ts";
import { allowsPerson, allowsRepository } from "../../../shared/wire/policy.ts";
import { predictionAnswer, predictionRequest } from "../../../shared/wire/predictions.ts";
import { ConfigurationError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { DEFAULT_CONTEXT } from "../../prompts/context-options.ts";
import { promptFormat } from "../../prompts/formats.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { loadPredictionModel, predictionModelName } from "../prediction-model.ts";
import { Problem } from "../problem.ts";

const defaultTimeoutMs = 10_000;

export function predictionRoutes(context: HttpContext): Route[] {
  const { configuration, log, policy, stopping } = context;
  const { predictionTimeoutMs = defaultTimeoutMs } = configuration.server ?? {};
  let loaded: Promise<Model> | undefined;

  return [
    defineRoute({
      method: "post",
      path: "/v1/predictions",
      role: "contributor",
      summary: "One snapshot, one prediction.",
      description:
        "For clients that speak no LSP. The snapshot is to be redacted: one that still holds a secret or personal data is refused before any model sees it. Nothing is stored.",
      request: { body: predictionRequest },
      response: { description: "What the server's model predicts for the editable region.", body: predictionAnswer },
      problems: {
        403: "The policy does not allow this person or this repository.",
        422: "The snapshot is not valid, or not redacted.",
        502: "The model failed.",
        504: "The model took too long.",
      },
      handler: async ({ body: { snapshot }, caller, signal }) => {
        refuseByPolicy(policy.inForce().policy, caller.contributor, snapshot);
        refuseSensitive(snapshot);
        const timeout = AbortSignal.timeout(predictionTimeoutMs);
        const any = AbortSignal.any([signal, timeout, stopping]);
        try {
          loaded ??= loadPredictionModel(context);
          return { body: answerOf(await ask(await loaded, snapshot, any)) };
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          if (timeout.aborted) throw slow(predictionTimeoutMs);
          if (stopping.aborted) throw ending();
          if (!(error instanceof ConfigurationError)) throw error;
          log.error(
            { model: predictionModelName(context), detail: error.message },
            "the model for predictions cannot be asked",
          );
          loaded = undefined;
          throw new Problem({
            status: 502,
            code: "model-unusable",
            detail: "The server's model cannot be asked as it is configured. Tell the server's operator.",
          });
        }
      },
    }),
  ];
}

async function ask(model: Model, snapshot: Snapshot, signal: AbortSignal): Promise<Prediction> {
  const format = promptFormat(model.promptFormat);
  const request = {
    exampleId: snapshotId(snapshot),
    snapshot,
    prompt: format.render(snapshot, DEFAULT_CONTEXT),
    parse: (answer: string) => format.parse(answer, snapshot),
  };
  const [prediction] = await model.predict(request, { samples: 1, signal });
  if (prediction === undefined) throw new Error("a model gave no prediction");
  return prediction;
}

function answerOf({ model, text, noEdit, cursor, error }: Prediction) {
  if (error !== undefined) {
    throw new Problem({
      status: 502,
      code: "model-failed",
      detail: `The server's model gave no prediction (${error}). The next snapshot may fare better.`,
    });
  }
  return {
    model,
    ...(text !== undefined && { text }),
    ...(noEdit !== undefined && { noEdit }),
    ...(cursor !== undefined && { cursor }),
  };
}

/** As for events: code that is not to be captured goes to no model either. */
function refuseByPolicy(policy: Policy, contributor: string, { repo }: Snapshot): void {
  const repository = repo?.remote === undefined ? null : (normalizeRemote(repo.remote) ?? repo.remote);
  const who = allowsPerson(policy, contributor);
  if (who && allowsRepository(policy, repository)) return;
  const what = who ? "repository" : "contributor";
  throw new Problem({ status: 403, code: "policy", detail: `The policy does not allow this ${what}.` });
}

/** Says which kinds were found, and nothing of what. */
function refuseSensitive(snapshot: Snapshot): void {
  const redaction = redactSnapshot({ snapshot });
  if (redaction.ok && !redaction.changed) return;
  const kinds = redaction.ok ? Object.keys(redaction.counts).sort().join(", ") : redaction.reason;
  throw new Problem({
    status: 422,
    code: "not-redacted",
    detail: `The snapshot is not redacted (${kinds || "a secret path"}). No model has seen it; redact it, and send it again.`,
    field: "snapshot",
  });
}

function slow(timeoutMs: number): Problem {
  const detail = `The server's model took longer than ${timeoutMs.toLocaleString("en-US")} ms.`;
  return new Problem({ status: 504, code: "model-timeout", detail });
}

function ending(): Problem {
  return new Problem({ status: 503, code: "stopping", detail: "The server is stopping. Ask again once it is back." });
}
