/** `examples`: the examples themselves, with everything that the stages wrote. */
import { example } from "../../shared/records/example.ts";
import { defineRowFormat } from "./row-format.ts";

export const examplesFormat = defineRowFormat({
  name: "examples",
  schema: example,
  sequence: () => [],
  row: (whole) => whole,
});
