/** Conditional requests (RFC 9110, section 13.1.2). */

/** Whether a client that sends this If-None-Match has what the tag stands for. Weak tags fit, too. */
export function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//u, ""));
  return tags.includes(etag) || ifNoneMatch?.trim() === "*";
}
