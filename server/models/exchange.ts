/**
 * The HTTP side of one request. The SDKs read an answer's body after their retry loop and their timeout; here the body
 * is read inside both, so that a connection that breaks in the middle of an answer is asked again like any other, and
 * an answer that has arrived whole is not thrown away by an abort that comes a moment later.
 */
export interface Exchange {
  /** For the SDK's `fetch` option. */
  readonly fetch: typeof fetch;
  /** For the SDK's `signal` option: the caller's, until an answer has arrived whole. */
  readonly signal: AbortSignal;
  /** Stops listening to the caller's signal. */
  close(): void;
}

/** Is told of every HTTP answer, retried ones included. */
export type ResponseObserver = (status: number, headers: Headers) => void;

const notImplemented = 501;
const statusesWithoutBody = new Set([204, 205, 304]);

export function openExchange(caller: AbortSignal, observe: ResponseObserver): Exchange {
  const own = new AbortController();
  const abort = () => own.abort(caller.reason);
  if (caller.aborted) abort();
  else caller.addEventListener("abort", abort, { once: true });
  const close = () => caller.removeEventListener("abort", abort);
  return {
    signal: own.signal,
    close,
    fetch: async (input, init) => {
      // Code goes to the address that was configured and to no other: 307 and 308 would send the whole prompt on.
      const response = await fetch(input, { ...init, redirect: "manual" });
      observe(response.status, response.headers);
      const body = await response.arrayBuffer();
      if (response.ok) close();
      const { status, statusText } = response;
      const headers = new Headers(response.headers);
      // The SDKs take every 5xx for a mishap, but for this header. A server that has no such method will not have it soon.
      if (status === notImplemented) headers.set("x-should-retry", "false");
      return new Response(statusesWithoutBody.has(status) ? null : body, { status, statusText, headers });
    },
  };
}
