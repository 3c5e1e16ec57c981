/** What stands in the place of a secret: its kind and its number, in quotation marks that no code uses. */

/** `‹email-1›`. With its kind and number as groups. */
export const PLACEHOLDER = /‹([a-z][a-z0-9-]{1,30})-(\d{1,6})›/gu;

export function placeholder(kind: string, number: number): string {
  return `‹${kind}-${number}›`;
}
