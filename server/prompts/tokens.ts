/** How much room an answer gets, and how long a text is to a model that has not been asked. */
import { utf8Length } from "../../shared/text/utf8.ts";

/** Code takes 3 to 4 bytes a token in the byte-pair vocabularies of today; 3 errs on the long side. */
const BYTES_PER_TOKEN = 3;
/** For a text that must not be cut off: dense code, or a script that takes a token for every character. */
const BYTES_PER_TOKEN_AT_WORST = 2;
/** What a new region may add to twice the old one, so that an empty one has room too. */
const ADDED_REGION_TOKENS = 512;
/** The teacher is told to think in a few sentences; this is for one that does not listen, or that thinks unasked. */
export const THINKING_TOKENS = 2_048;

/** An estimate: bytes in UTF-8 over three, rounded up. No tokenizer is asked, so that it is the same for every model. */
export function estimateTokens(text: string): number {
  return Math.ceil(utf8Length(text) / BYTES_PER_TOKEN);
}

/**
 * `max_tokens` for an answer that holds a whole region: room for thinking, and for a region of twice the bytes it has
 * now and 512 tokens more. Counted at two bytes a token, because a truncated answer is paid for and useless.
 */
export function maxOutputTokens(region: string, thinkingTokens: number): number {
  return thinkingTokens + ADDED_REGION_TOKENS + 2 * Math.ceil(utf8Length(region) / BYTES_PER_TOKEN_AT_WORST);
}
