/** Which addresses a server may have. */
import type { Translate } from "../gate/refusal.ts";

export type ServerAddress =
  /** `https://stillpoint.example.com`, without a slash at its end. */
  | { readonly ok: true; readonly origin: string; readonly loopback: boolean }
  | { readonly ok: false; readonly sentence: string };

/** `https`, or this machine: everything else could be read on its way. */
export function serverAddress(text: string, t: Translate): ServerAddress {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return { ok: false, sentence: t("This is no web address, such as https://stillpoint.example.com.") };
  }
  if (url.username !== "" || url.password !== "") {
    return { ok: false, sentence: t("The address holds a user or a password; the token is asked for next.") };
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return {
      ok: false,
      sentence: t("The address ends with its host and port, such as https://stillpoint.example.com:7431."),
    };
  }
  const loopback = isLoopback(url.hostname);
  if (url.protocol === "http:" && !loopback) {
    return { ok: false, sentence: t("Code goes to another machine by https only.") };
  }
  return { ok: true, origin: url.origin, loopback };
}

/** As `URL` writes hosts: IPv4 in four parts, IPv6 in brackets and shortened. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/u.test(host);
}
