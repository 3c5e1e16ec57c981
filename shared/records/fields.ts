/**
 * Field types that several records share. Built on `zod/mini`, because the extension ships these schemas too and
 * the full zod would be half of its size.
 */
import * as z from "zod/mini";
import { fitsInUtf8 } from "../text/utf8.ts";

/** Every record carries this; it is raised only when a reader of the old form could misread the new one. */
export const SCHEMA_VERSION = 1;
export const schemaVersion = z.literal(SCHEMA_VERSION);

/** A count, an offset or a duration: a whole number, 0 or more, that a JavaScript number holds exactly. */
export const natural = z.int().check(z.nonnegative());

/** A UTF-16 offset into LF-normalised text; what it counts from is said where it is used. */
export const offset = natural;

/** A number from 0 to 1. */
export const share = z.number().check(z.minimum(0), z.maximum(1));

export const nonEmpty = z.string().check(z.minLength(1));

/** Lower-case hexadecimal SHA-256, 64 characters. */
export const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/u, "not a sha256 in lower-case hexadecimal"));

/** RFC 3339 in UTC with milliseconds, `2026-01-31T09:05:00.123Z`. */
export const timestamp = z
  .string()
  .check(
    z.regex(
      /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/u,
      "not an RFC 3339 time in UTC with milliseconds, such as 2026-01-31T09:05:00.123Z",
    ),
  );

/** UUIDv7 (RFC 9562), lower case: its first 48 bits are the time, so ids sort by when they were made. */
export const uuidv7 = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u, "not a UUIDv7"));

/** A path relative to the workspace folder or the package, with `/` between its parts. */
export const relativePath = z.string().check(
  z.minLength(1),
  z.refine((path) => !path.startsWith("/") && !/^[A-Za-z]:/u.test(path), "is absolute; paths are relative"),
  z.refine((path) => !path.includes("\\"), "holds a backslash; the separator is /"),
  z.refine((path) => !path.split("/").includes(".."), "leaves the folder through .."),
);

/** Text of at most `limit` bytes in UTF-8. */
export function textUpTo(limit: number) {
  return z.string().check(z.refine((text) => fitsInUtf8(text, limit), `is longer than ${limit} bytes in UTF-8`));
}

/** LF-normalised: a lone or paired CR would shift every offset behind it. */
export const noCarriageReturn = z.refine<string>(
  (text) => !text.includes("\r"),
  "holds a carriage return; texts are LF-normalised",
);

/**
 * An address with a password in it, or a web address with a user, which there is a token. `git@host:path` and
 * `ssh://git@host/path` name an account alone.
 */
export const noCredentials = z.refine<string>(
  (address) => !/^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#@]*:[^/?#]*@|https?:\/\/[^/?#]*@)/iu.test(address),
  "holds credentials",
);
