/**
 * What a secret's value looks like where only its name gives it away (`password = …`): the judgement that keeps
 * `"changeme"`, `${TOKEN}` and `form.password.label` in the code and takes `Xk29!dfQ` out.
 */

/** Fewer different characters than this is a filler: `xxxxxxxx`, `abababab`, `00000000`. */
const minDistinctChars = 5;
const minPasswordChars = 6;
const minSecretChars = 10;
/** Bits a character (Shannon, over the value's own characters). A random hexadecimal string of 16 has about 3.2. */
const minSecretEntropyBits = 2.9;
/** A value of letters alone counts as random from this length, and where its case changes this often. */
const minRandomLetters = 20;
const maxMeanHump = 2.6;

/** What people write where a secret will go. In a long random value a short word turns up by chance. */
const PLACEHOLDER = /x{4}|\*{3}|\.{3}|…|example|placeholder|your[-_ ]/iu;
/** Typed along the keyboard or the alphabet: no sign of a sample where a service's own prefix says what the value is. */
const SHORT_RUN = /0{6}|123456|abcdef/iu;
/** Nothing but one character, behind a token's prefix. */
const SAME_CHARACTER = /(.)\1{7}/u;
const FILLER_WORDS =
  /change.?me|replace|your|sample|dummy|fake|redacted|hidden|masked|removed|insert|todo|fixme|undefined|null\b|none\b|qwerty|foobar|lorem/iu;
const maxFillerWordChars = 32;

/** Words that make a short value a test's or a label's; a long random value may hold one by chance. */
const WEAK_WORDS =
  /pass|pwd|secret|token|test|admin|user|login|root|demo|default|key|string|required|field|mock|hello|world/iu;
const maxWeakChars = 20;

/** A value that is computed or filled in where it is used: templates, variables, calls, formats. */
const COMPUTED =
  /\$\{|\$\(|\{\{|<%|%\(|^[$%@&:#][\w({]|^\{|^<|^\[|process\.env|os\.environ|getenv|secrets\.|import\.meta|%[sdvq]$|^env[.:(]|^vault[.:]|^op:\/\/|^arn:|^ref\+/iu;

/** Paths, addresses and dotted or scoped names: where something is, not what it is. */
const LOCATION =
  /^(?:https?|wss?|file|data|urn|mailto):|^(?:\.{0,2}|~)\/[\w.-]+(?:\/|$)|\.(?:json|ya?ml|txt|pem|key|crt|ts|js|py|go|md|html?)$/iu;

/** Filler of any length: repeated characters, words of those who leave a place for a secret. */
export function isFiller(value: string): boolean {
  return SHORT_RUN.test(value) || isPlaceholder(value);
}

/** Filler behind a service's own prefix: `sk_live_00000000`, `ghp_xxxx`; not one that only holds `123456`. */
export function isTokenFiller(value: string): boolean {
  return SAME_CHARACTER.test(value) || isPlaceholder(value);
}

function isPlaceholder(value: string): boolean {
  if (new Set(value).size < minDistinctChars || PLACEHOLDER.test(value)) return true;
  return value.length <= maxFillerWordChars && FILLER_WORDS.test(value);
}

/** A literal that could be a person's password: `hunter22`, `Tr0ub4dor&3`; not `Password*`, not `min:8`. */
export function isPlausiblePassword(value: string): boolean {
  if (value.length < minPasswordChars || isNoLiteral(value)) return false;
  if (/[()[\]{}<>|,;]/u.test(value)) return false;
  if (value.length < maxWeakChars && WEAK_WORDS.test(value)) return false;
  if (!/\p{L}/u.test(value)) return /\d.*[!@#$%^&*?~+=].*\d/u.test(value);
  if (/[!@#$%^&*?~+=]/u.test(value.slice(0, -1))) return true;
  return /\d/u.test(value) && !/^v?\d+(?:\.\d+)*$/u.test(value) && !isDottedName(value);
}

/** A literal that could be a generated key or token: long enough, mixed, and not made of words. */
export function isPlausibleSecret(value: string): boolean {
  if (value.length < minSecretChars || isNoLiteral(value)) return false;
  if (value.length < maxWeakChars && WEAK_WORDS.test(value)) return false;
  if (!/^[\w+/=.~:!@#$%^&*?-]+$/u.test(value) || !/[a-z]/iu.test(value)) return false;
  if (!/\d/u.test(value)) return isRandomLetters(value);
  return entropyBits(value) >= minSecretEntropyBits && !isMadeOfWords(value);
}

/** Shannon entropy in bits a character, over the value's own characters. */
function entropyBits(value: string): number {
  const counts = new Map<string, number>();
  let total = 0;
  for (const char of value) {
    counts.set(char, (counts.get(char) ?? 0) + 1);
    total++;
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / total) * Math.log2(count / total);
  return bits;
}

/** `user-token-2`, `formPasswordLabel`, `v1.config.auth`: every part a word or a small number. */
export function isMadeOfWords(value: string): boolean {
  const parts = value.split(/[^A-Za-z0-9]|(?<=[a-z])(?=[A-Z])/u).filter((part) => part !== "");
  return parts.every((part) => /^(?:[A-Z]?[a-z]+|[A-Z]+|v)?\d{0,4}$/u.test(part) && !isConsonants(part));
}

function isNoLiteral(value: string): boolean {
  return isFiller(value) || COMPUTED.test(value) || LOCATION.test(value);
}

function isDottedName(value: string): boolean {
  return /[._/:-]/u.test(value) && isMadeOfWords(value);
}

/** No word has so many letters without a vowel. */
function isConsonants(part: string): boolean {
  return part.length > 5 && !/[aeiouy]/iu.test(part);
}

function isRandomLetters(value: string): boolean {
  if (value.length < minRandomLetters || !/^[A-Za-z]+$/u.test(value)) return false;
  return value.length / value.split(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])/u).length <= maxMeanHump;
}
