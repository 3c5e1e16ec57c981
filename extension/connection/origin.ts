/**
 * The one address that a token goes to: scheme, host and port, and the path below which the server answers where it shares
 * a host with others. A token belongs to the address that it was entered for, and goes nowhere else, whatever a setting or a
 * redirect says later.
 */
import type { Translate } from "../translate.ts";
import { inEnglish } from "../translate.ts";

export type ParsedOrigin =
  /** As `https://stillpoint.example.com`, `https://tools.example.com/stillpoint` or `http://127.0.0.1:7431`. */
  { readonly ok: true; readonly origin: string } | { readonly ok: false; readonly sentence: string };

/** Each is a message of the translations. */
export const addressSentences = {
  none: "This is no address, such as https://stillpoint.example.com.",
  scheme: "The address starts with https:// or http://.",
  credentials: "The address holds a user or a password; a token is entered apart.",
  query: "The address ends behind the host, the port and a path; it has no ? and no #.",
  path: "The path in the address is one of letters, digits and . _ ~ - between slashes.",
  clear:
    "Over http:// the token and the code would cross the network in the clear: only this machine is reached so. Use https://.",
} as const;

/** @param address as a person wrote it */
export function parseOrigin(address: string, translate: Translate = inEnglish): ParsedOrigin {
  const refused = (why: keyof typeof addressSentences): ParsedOrigin => ({
    ok: false,
    sentence: translate(addressSentences[why]),
  });
  let url: URL;
  try {
    url = new URL(address.trim());
  } catch {
    return refused("none");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return refused("scheme");
  if (url.username !== "" || url.password !== "") return refused("credentials");
  if (/[?#]/u.test(address)) return refused("query");
  const path = url.pathname.replace(/\/$/u, "");
  // What is written in several ways would be one place to a server and several to whoever keeps the tokens apart.
  if (!/^(?:\/[\w.~-]+)*$/u.test(path)) return refused("path");
  if (url.protocol === "http:" && !isLoopback(url.hostname)) return refused("clear");
  return { ok: true, origin: `${url.origin}${path}` };
}

/** @param host as `URL` normalises it: in lower case, an IPv4 address in four decimal numbers, an IPv6 one in brackets */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(host);
}
