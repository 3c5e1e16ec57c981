/** HTML in which a value cannot become markup. */

export interface Html {
  readonly html: string;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => entities[character] ?? character);
}

type Value = string | number | Html | readonly Html[];

/** A template whose values are escaped, unless they are HTML themselves. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  const of = (value: Value | undefined): string => {
    if (value === undefined) return "";
    if (typeof value === "object") return "html" in value ? value.html : value.map(({ html: each }) => each).join("");
    return escaped(String(value));
  };
  return { html: parts.map((part, index) => part + of(values[index])).join("") };
}
