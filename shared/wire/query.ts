/** Values of a query string, which are text on the wire. */
import * as z from "zod/mini";

/** A whole number from `minimum` to `maximum`. */
export function wholeNumber(minimum: number, maximum: number) {
  return z.pipe(
    z.string().check(
      z.regex(/^\d{1,15}$/u, "is no whole number"),
      z.refine((text) => Number(text) >= minimum && Number(text) <= maximum, `is not from ${minimum} to ${maximum}`),
    ),
    z.transform(Number),
  );
}
