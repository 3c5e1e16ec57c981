/** Dataset versions, as admins list, look at and download them. */
import * as z from "zod/mini";
import { natural, nonEmpty } from "../records/fields.ts";

export const datasetName = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/u, "is no dataset's name"), z.maxLength(64));

export const datasetVersionName = z.string().check(z.regex(/^v[1-9]\d{0,8}$/u, "is no version, such as v1"));

/** Rows of it were taken back by those whose they are; it is to be used no longer. */
export const supersededVersion = z.strictObject({
  /** How many examples were taken back. */
  examples: natural,
  /** The version without them, once that is made; null where no rows were left. */
  by: z.optional(z.nullable(datasetVersionName)),
});

export const datasetList = z.strictObject({
  datasets: z.array(
    z.strictObject({
      name: datasetName,
      /** Ascending; the last is the newest. */
      versions: z.array(z.strictObject({ version: datasetVersionName, superseded: z.optional(supersededVersion) })),
      /** Examples of the newest version by split; absent where its manifest cannot be read. */
      splits: z.optional(z.record(z.string(), natural)),
    }),
  ),
});

export const datasetFile = z.strictObject({
  /** Behind `/v1/datasets/NAME/VERSION/files/`. */
  path: nonEmpty,
  bytes: natural,
});
