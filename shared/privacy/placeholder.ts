/** What stands in the place of a secret: its kind and its number, in quotation marks that no code uses. */

/** `‹email-1›`. With its kind and number as groups. */
export const PLACEHOLDER = /‹([a-z][a-z0-9-]{1,30})-(\d{1,6})›/gu;

export function placeholder(kind: string, number: number): string {
  return `‹${kind}-${number}›`;
}

/** 1 at every character of `text` that is a placeholder's. */
export function placeholderMask(text: string): Uint8Array {
  const mask = new Uint8Array(text.length);
  for (const match of text.matchAll(PLACEHOLDER)) mask.fill(1, match.index, match.index + match[0].length);
  return mask;
}
