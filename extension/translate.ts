/** Sentences for a person: a message in English that stands in the sources, and the values that belong into it. */

/** A message in English, with `{name}` for a value, into the person's language. */
export type Translate = (message: string, values?: Record<string, string | number>) => string;

export function inEnglish(message: string, values: Record<string, string | number> = {}): string {
  return message.replace(/\{(\w+)\}/gu, (whole, name: string) => String(values[name] ?? whole));
}
