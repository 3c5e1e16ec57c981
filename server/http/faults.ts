/** What was thrown, as the answer that the client gets. */
import { Refusal, StoreBacklogged, StoreUnavailable } from "../store/faults.ts";
import { Problem } from "./problem.ts";

/** Seconds after which a client may find the store at work again. */
const unavailableRetrySeconds = 10;

export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof Refusal) return problemOfRefusal(thrown);
  if (thrown instanceof StoreBacklogged) {
    return new Problem({
      status: 429,
      code: "backlog",
      detail: thrown.message,
      headers: { "retry-after": String(thrown.retryAfterSeconds) },
    });
  }
  if (thrown instanceof StoreUnavailable) {
    return new Problem(
      {
        status: 503,
        code: `store-${thrown.code}`,
        detail: thrown.message,
        headers: { "retry-after": String(unavailableRetrySeconds) },
      },
      { cause: thrown },
    );
  }
  if (statusOf(thrown) === 400) {
    return new Problem({
      status: 400,
      code: "url",
      detail: "The address of the request is not valid: an escape in it is no UTF-8.",
    });
  }
  return new Problem(
    {
      status: 500,
      code: "fault",
      detail: "A fault of Stillpoint's own; the server's log says where, under this request's instance.",
    },
    { cause: thrown },
  );
}

function problemOfRefusal({ code, message, field }: Refusal): Problem {
  return new Problem({ status: code.startsWith("unknown-") ? 404 : 409, code, detail: message, field });
}

/** What Express throws for a path that it cannot decode carries the status. */
function statusOf(thrown: unknown): unknown {
  return thrown instanceof URIError ? (thrown as { status?: unknown }).status : undefined;
}
