/** The review queue: one prediction after the other, what reviewers say of it, and how far they agree. */
import * as z from "zod/mini";
import { uuidv7 } from "../../../shared/records/fields.ts";
import { rating } from "../../../shared/records/rating.ts";
import { ratingRequest, ratingsSummary, reviewNext, skipRequest, takenBack } from "../../../shared/wire/review.ts";
import { timestampOf } from "../../clock.ts";
import { cohensKappa } from "../../metrics/kappa.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";

const leaseMs = 5 * 60_000;
const defaultTwiceShare = 0.2;
/** A kappa over fewer items says little. */
const fewItems = 30;

export function reviewRoutes({ store, clock, configuration, randomBytes }: HttpContext): Route[] {
  const { reviewTwiceShare: twiceShare = defaultTwiceShare } = configuration.server ?? {};
  const asking = (reviewer: string) => ({
    reviewer,
    at: timestampOf(clock),
    until: new Date(clock.now() + leaseMs).toISOString(),
    twiceShare,
  });

  return [
    defineRoute({
      method: "get",
      path: "/v1/review/next",
      role: "reviewer",
      summary: "One prediction to judge.",
      description:
        "Leased to the reviewer for 5 minutes: the one that they hold already, else another that they have neither rated nor skipped. Who made it, and with which model, is not said.",
      response: {
        description: "The item, null where nothing waits for this reviewer at present; and how far everybody is.",
        body: reviewNext,
      },
      handler: async ({ caller }) => {
        const item = (await store.review.next(asking(caller.contributor))) ?? null;
        return { body: { item, progress: await store.review.progress({ reviewer: caller.contributor }) } };
      },
    }),
    defineRoute({
      method: "post",
      path: "/v1/review/skips",
      role: "reviewer",
      summary: "Skip a prediction: somebody else may judge it.",
      request: { body: skipRequest },
      response: { status: 204, description: "It is not offered to this reviewer again." },
      problems: { 404: "No prediction of this id is stored with its snapshot." },
      handler: async ({ body, caller }) => {
        await store.review.skip({ ...body, reviewer: caller.contributor, at: timestampOf(clock) });
        return {};
      },
    }),
    defineRoute({
      method: "delete",
      path: "/v1/review/skips/:predictionId",
      role: "reviewer",
      summary: "Take a skip back.",
      request: { params: z.strictObject({ predictionId: uuidv7 }) },
      response: { description: "Whose item it is now.", body: takenBack },
      problems: { 404: "The caller has not skipped it." },
      handler: async ({ params, caller }) => ({
        body: await store.review.unskip({ ...asking(caller.contributor), ...params }),
      }),
    }),
    defineRoute({
      method: "post",
      path: "/v1/ratings",
      role: "reviewer",
      summary: "Rate a prediction.",
      description:
        "Stored as a rating.given event of the caller's. Sending the same again under the same id is safe. Also taken once the lease has ended.",
      request: { body: ratingRequest },
      response: { description: "The rating as it is stored.", body: rating },
      problems: {
        404: "No prediction of this id is stored with its snapshot.",
        409: "The id is known with another rating, or the rating was taken back.",
      },
      handler: async ({ body, caller }) => ({
        body: await store.review.give({ ...body, reviewer: caller.contributor, at: timestampOf(clock) }),
      }),
    }),
    defineRoute({
      method: "delete",
      path: "/v1/ratings/:id",
      role: "reviewer",
      summary: "Take a rating back.",
      description: "The caller's own. Its item is leased to them again, unless others have it by now.",
      request: { params: z.strictObject({ id: uuidv7 }) },
      response: { description: "Whose item it is now.", body: takenBack },
      problems: { 404: "The caller has given no rating of this id." },
      handler: async ({ params, caller }) => ({
        body: await store.review.withdraw({
          ...asking(caller.contributor),
          ratingId: params.id,
          eventId: newUuidv7(clock.now(), randomBytes),
        }),
      }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/ratings",
      role: "admin",
      summary: "How much is rated, by whom, and how far two reviewers agree.",
      description:
        "Agreement is Cohen's kappa (Educational and Psychological Measurement 20, 1960) over the predictions that two people have rated.",
      response: { description: "The figures over all ratings that stand.", body: ratingsSummary },
      handler: async () => {
        const { pairs, reviewers, ...counts } = await store.review.counts();
        const items = pairs.bothGood + pairs.bothBad + pairs.goodThenBad + pairs.badThenGood;
        const agreement = { items, ...pairs, kappa: cohensKappa(pairs), few: items < fewItems };
        return { body: { ...counts, reviewers: [...reviewers], agreement } };
      },
    }),
  ];
}

/** RFC 9562, section 5.7: 48 bits of the time, then randomness around version and variant. */
function newUuidv7(nowMs: number, randomBytes: HttpContext["randomBytes"]): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
