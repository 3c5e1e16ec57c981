/**
 * The one address that a token goes to: scheme, host and port. A token belongs to the origin that it was entered for, and
 * goes nowhere else, whatever a setting or a redirect says later.
 */

export type ParsedOrigin =
  /** As `https://stillpoint.example.com` or `http://127.0.0.1:7431`. */
  { readonly ok: true; readonly origin: string } | { readonly ok: false; readonly sentence: string };

/** @param address as a person wrote it */
export function parseOrigin(address: string): ParsedOrigin {
  let url: URL;
  try {
    url = new URL(address.trim());
  } catch {
    return refused("This is no address, such as https://stillpoint.example.com.");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refused("The address starts with https:// or http://.");
  if (url.username !== "" || url.password !== "")
    return refused("The address holds a user or a password; a token is entered apart.");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return refused("The address ends behind the host and the port.");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return refused(
      "Over http:// the token and the code would cross the network in the clear: only this machine is reached so. Use https://.",
    );
  }
  return { ok: true, origin: url.origin };
}

function refused(sentence: string): ParsedOrigin {
  return { ok: false, sentence };
}

/** @param host as `URL` normalises it: in lower case, an IPv4 address in four decimal numbers, an IPv6 one in brackets */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(host);
}
