/**
 * Secrets that only their name gives away: `password = "…"`, `"api_key": "…"`, `DB_PASS=…`, `<token>…</token>`.
 * One pass finds the names; what follows each is read by sticky patterns of bounded length, so the time is linear.
 */
import type { Finding } from "./finding.ts";
import { finding } from "./finding.ts";
import { isPlausiblePassword, isPlausibleSecret } from "./plausible.ts";

/** The part of a name that says secret. What may stand behind it in the same name is read apart. */
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)|pwd|passw?(?![a-z])|secret|token|credential|api[-_. ]?key|apikey|(?:access|auth|private|signing|encryption|master|account|shared|client|license|webhook|service|storage|admin|consumer|hmac|aes|jwt)[-_. ]?key|(?:auth|authorization)(?![a-z])/giu;

/** Names of passwords: people choose them, so they are shorter and less random than keys. */
const PASSWORD_NAME = /^pass|^pwd/iu;

/** The rest of a name that speaks of a secret without being one: `tokenType`, `SECRET_NAME`, `passwordField`. */
const HARMLESS_REST =
  /(?:name|type|label|placeholder|field|file|path|url|uri|ids?|count|counts|length|len|limit|max|min|header|prefix|suffix|regexp?|pattern|errors?|message|msg|hint|title|text|class|selector|input|env|var|arn|ref|version|format|schema|provider|param|params|polic(?:y|ies)|rules?|expir\w{0,6}|ttl|ize[rd]?|izers?|izing|ization|kind|index|start|end|pos|position|address|owner|hash|algo(?:rithm)?|store|manager|service|endpoint|scope|list|set|map|size|budget|usage|window|stream|handler|validator|strength|reset|link|button|form|page|view|model|args?|color|style|s)$/iu;

/** The rest of the name, up to what closes it: `_FOR_CI"`, `Value']`. */
const REST = /([\w.-]{0,40})(["'`\]]{0,2})/uy;

/** With what every form below begins, so that most names cost no more than a look at the next character. */
const MAY_ASSIGN = new Set([" ", "\t", ":", "=", "?", "|", ",", "(", ">"]);

/** Between a name and a quoted value. The groups: what assigns, the quote, the value. */
const QUOTED =
  /(?:[ \t]{0,3}:[ \t]{0,3}[\w<>.| &]{1,40}(?==)|[ \t]{1,2}\*?[\w.]{1,30}(?=[ \t]{0,2}=))?([ \t]{0,24}(?::=|=>|={1,3}|\?\?=|\|\|=?|\?\?|:|,|\()[ \t]{0,8}|[ \t]{1,4}value[ \t]{0,2}=[ \t]{0,2}|[ \t]{1,3}(?=['"]))(?:[bfruBFRU@$]{1,2}(?=["'`]))?(\\?["'`])([^"'`\s\\‹›]{6,512})(?=\\?["'`])/uy;

/** `<password>…</password>`. */
const ELEMENT = />([^<>\s"'`‹›]{6,512})(?=<\/)/uy;

/** `--password …`. */
const FLAG = /[ =]([^\s"'`‹›-][^\s"'`‹›]{5,511})/uy;

/** The rest of a line of `.env`, INI, properties or YAML. The groups: what assigns, the value. */
const BARE = /([ \t]{0,16}[=:][ \t]{0,8})([^\s"'`,;(){}<>‹›\\]{6,512})(?=[ \t]{0,8}(?:[\r\n]|$|#|\\[rn]))/uy;

/** What may stand before the name on a line whose value is not quoted. */
const BARE_LINE_START = /^[ \t]{0,40}(?:#[ \t]{0,4}|-[ \t]{1,4}|(?:export|set|ENV|ARG)[ \t]{1,4})?[\w.:-]{0,60}$/u;

/** How far back a line's start is looked for. */
const maxNameStart = 120;

export function findAssignedSecrets(text: string): Finding[] {
  const found: Finding[] = [];
  SECRET_NAME.lastIndex = 0;
  for (let match = SECRET_NAME.exec(text); match; match = SECRET_NAME.exec(text)) {
    const result = readValue(text, match.index, match[0]);
    if (!result) continue;
    found.push(result);
    SECRET_NAME.lastIndex = Math.max(SECRET_NAME.lastIndex, result.parts[0]?.end ?? 0);
  }
  return found;
}

function readValue(text: string, at: number, word: string): Finding | undefined {
  const rest = exec(REST, text, at + word.length);
  if (!rest) return undefined;
  const tail = rest[1] ?? "";
  if (HARMLESS_REST.test(word + tail) && !/secret|pass|token|key|pwd/iu.test(tail)) return undefined;
  const afterName = at + word.length + rest[0].length;
  if (!MAY_ASSIGN.has(text[afterName] ?? "")) return undefined;
  const isPassword = PASSWORD_NAME.test(word);
  const kind = kindOf(text.slice(Math.max(0, at - 20), at) + word + tail, isPassword);

  const quoted = exec(QUOTED, text, afterName);
  if (quoted) {
    const value = quoted[3] ?? "";
    const assigns = quoted[1] ?? "";
    // A call's argument or a list's next item is the secret only where it looks generated; behind a quoted name the
    // next argument is its value: `put("password", "…")`.
    const isPair = assigns.trim() === "," && rest[1] === "" && rest[2] !== "";
    const loose = !isPair && /[,(]|^[ \t]+$/u.test(assigns);
    const plausible = isPlausibleSecret(value) || (isPassword && !loose && isPlausiblePassword(value));
    return plausible ? behind(kind, afterName + quoted[0].length, value) : undefined;
  }
  const element = exec(ELEMENT, text, afterName);
  if (element) return judged(kind, isPassword, afterName + element[0].length, element[1] ?? "");
  if (isFlag(text, at)) {
    const flag = exec(FLAG, text, afterName);
    if (flag) return judged(kind, isPassword, afterName + flag[0].length, flag[1] ?? "");
  }
  // What is cheap comes first: in a long line of nothing but names the value would be read again for each.
  if (!BARE_LINE_START.test(lineBefore(text, at))) return undefined;
  const bare = exec(BARE, text, afterName);
  if (!bare) return undefined;
  const value = bare[2] ?? "";
  // No language writes an assignment without spaces and alone on its line, but files of variables do.
  const isEnvironment = bare[1] === "=";
  const plausible = isEnvironment
    ? isPlausibleSecret(value) || (isPassword && isPlausiblePassword(value))
    : isUnlikeCode(value) && (isPlausibleSecret(value) || (isPassword && isPlausiblePassword(value)));
  return plausible ? behind(kind, afterName + bare[0].length, value) : undefined;
}

function judged(kind: string, isPassword: boolean, end: number, value: string): Finding | undefined {
  const plausible = isPlausibleSecret(value) || (isPassword && isPlausiblePassword(value));
  return plausible ? behind(kind, end, value) : undefined;
}

/** The value ends at `end`, since each pattern ends with it. */
function behind(kind: string, end: number, value: string): Finding {
  return finding(kind, end - value.length, end);
}

function kindOf(name: string, isPassword: boolean): string {
  if (/secret[-_. ]?access[-_. ]?key|aws\w{0,12}secret/iu.test(name)) return "aws-secret-key";
  return isPassword ? "password" : "secret";
}

/** Not an identifier, a member or a number, unless it has more digits than names have. */
function isUnlikeCode(value: string): boolean {
  if (!/^[\w$.]+$/u.test(value)) return !/^[\w$.]+[*+/%&|?-][\w$.]+$/u.test(value) || value.length >= 24;
  return value.length >= 12 && (value.match(/\d/gu)?.length ?? 0) >= 3 && !/^[\d._]+$/u.test(value);
}

function isFlag(text: string, at: number): boolean {
  return /(?:^|\s)--[\w-]{0,30}$/u.test(text.slice(Math.max(0, at - 40), at));
}

/** What stands between the line's start and `at`; a long line gives its last part, which then fails to match. */
function lineBefore(text: string, at: number): string {
  const from = Math.max(0, at - maxNameStart);
  const before = text.slice(from, at);
  return before.slice(before.lastIndexOf("\n") + 1);
}

function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
