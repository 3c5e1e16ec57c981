/**
 * Canonical JSON: what identities are hashed over. Keys sorted by UTF-16 code unit, no white space, numbers as
 * ECMAScript prints them, `undefined` members left out: RFC 8785 (JCS) for the values a record can hold.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Keys that stand in quotes as they are: nearly all, and the check costs less than quoting. */
const plainKey = /^[\w.-]*$/u;

/** @throws TypeError for a number that JSON cannot hold (NaN, infinities) or a lone surrogate, as RFC 8785 asks. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`JSON cannot hold the number ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value === "string") return quoted(value);
  let members = "";
  if (isArray(value)) {
    for (const item of value) members += `${members === "" ? "" : ","}${canonicalJson(item)}`;
    return `[${members}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    const name = plainKey.test(key) ? `"${key}"` : quoted(key);
    members += `${members === "" ? "" : ","}${name}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

function quoted(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("canonical JSON cannot hold a lone surrogate");
  return JSON.stringify(text);
}

/** `Array.isArray` does not narrow a readonly array. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
