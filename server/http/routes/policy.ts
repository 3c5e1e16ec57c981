/** What is to be captured: asked for by every client, set by admins. */
import { hashOf } from "../../../shared/ids.ts";
import type { PolicyAnswer } from "../../../shared/wire/policy.ts";
import { allowsPerson, defaultPolicy, policyAnswer, policy as policySchema } from "../../../shared/wire/policy.ts";
import { mayActAs } from "../../../shared/wire/roles.ts";
import { Refusal } from "../../store/faults.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Reply, Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { hasAlready } from "../entity-tags.ts";
import { Problem } from "../problem.ts";
import type { Caller } from "../token-book.ts";

/** Of a hash, in an entity tag. */
const tagHashLength = 16;

export function policyRoutes(context: HttpContext): Route[] {
  const { store, policy } = context;

  function answerFor({ role, contributor }: Caller): PolicyAnswer {
    const { version, at, policy: whole } = policy.inForce();
    const { people, ...rest } = whole;
    return {
      version,
      ...(at !== undefined && { at }),
      allowed: allowsPerson(whole, contributor),
      policy: mayActAs(role, "admin") ? whole : rest,
    };
  }

  return [
    defineRoute({
      method: "get",
      path: "/v1/policy",
      role: "contributor",
      summary: "What to capture.",
      description: "With an ETag: ask again with If-None-Match, and hear 304 while nothing has changed.",
      response: { description: "The policy in force.", body: policyAnswer },
      problems: { 304: "Nothing has changed." },
      handler: async ({ caller, headers }): Promise<Reply<PolicyAnswer>> => {
        const body = answerFor(caller);
        const etag = tagOf(body);
        // A client may keep it, and must ask whether it still holds.
        const kept = { etag, "cache-control": "no-cache, private" };
        if (hasAlready(headers["if-none-match"], etag)) return { status: 304, headers: kept };
        return { body, headers: kept };
      },
    }),
    defineRoute({
      method: "put",
      path: "/v1/policy",
      role: "admin",
      summary: "Set what to capture.",
      description:
        "With If-Match and the ETag that was read, it is refused where somebody else has set another since. Editors heed " +
        "it within minutes. What they send is held against its repositories and people here, too; paused is for editors " +
        "alone: what was captured before is still stored.",
      request: { body: policySchema, bodyExample: defaultPolicy },
      response: { description: "The policy that is in force now.", body: policyAnswer },
      problems: { 412: "It has been changed since it was read." },
      handler: async ({ body, caller, headers }) => {
        try {
          const set = await store.policy.set({
            policy: body,
            replaces: versionOf(headers["if-match"]),
            actor: actorOf(context, caller),
          });
          policy.set(set);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          throw new Problem({ status: 412, code: error.code, detail: error.message });
        }
        const answer = answerFor(caller);
        return { body: answer, headers: { etag: tagOf(answer) } };
      },
    }),
  ];
}

/** The version, for who sets the next one; and a hash, since who asks decides what the answer holds. */
function tagOf(answer: PolicyAnswer): string {
  return `"${answer.version}-${hashOf(answer).slice(0, tagHashLength)}"`;
}

/** The version that a tag of ours names; undefined where any will do. */
function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const version = /^"(?<version>\d{1,15})-[0-9a-f]+"$/u.exec(ifMatch.trim())?.groups?.["version"];
  // One that we never gave fits nothing.
  return version === undefined ? -1 : Number(version);
}
