/** Whether a prediction is the reference. */

/** Equal, character for character. */
export function exactMatch(predicted: string, reference: string): boolean {
  return predicted === reference;
}

/** Equal once all white space is taken out of both. */
export function exactMatchIgnoringWhitespace(predicted: string, reference: string): boolean {
  return predicted === reference || predicted.replace(/\s+/g, "") === reference.replace(/\s+/g, "");
}
