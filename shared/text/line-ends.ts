/** Line ends: every text that Stillpoint keeps is LF-normalised, and the document's own line end is a fact beside it. */

/**
 * CRLF and a lone CR become LF. `eol` is what VS Code would choose for the document: `crlf` where more than half of the
 * line ends hold a CR, else `lf`.
 */
export function normalizeLineEnds(text: string): { text: string; eol: "lf" | "crlf" } {
  if (!text.includes("\r")) return { text, eol: "lf" };
  let withCarriageReturn = 0;
  let all = 0;
  const normalized = text.replace(/\r\n|\r|\n/gu, (lineEnd) => {
    all++;
    if (lineEnd !== "\n") withCarriageReturn++;
    return "\n";
  });
  return { text: normalized, eol: withCarriageReturn > all / 2 ? "crlf" : "lf" };
}
