/** Personal data that any file may hold: e-mail addresses, public IP addresses, home folders, accounts in addresses. Linear on any input. */
import type { Finding } from "./finding.ts";
import { finding } from "./finding.ts";

export function findPersonalData(text: string): Finding[] {
  return [...findEmails(text), ...findIpAddresses(text), ...findHomeFolders(text), ...findAccounts(text)];
}

/** A character of a local part; it is read backwards from an `@`, and no further than `maxLocal`. */
const LOCAL = /[\w.+%-]/u;
const DOMAIN = /[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}/iuy;
const maxLocal = 64;
/** The beginning of an address of the web or of a machine, up to its account (RFC 3986, 3.2.1). */
const USERINFO = /:\/\/[^\s/]{0,64}$|@$/u;

/** RFC 2606 and 6761, and endings that are those of files: `logo@2x.png`. */
const NO_DOMAIN =
  /(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local|internal|lan)$|\.(?:png|jpe?g|gif|svg|webp|avif|ico|js|mjs|cjs|ts|tsx|jsx|css|scss|less|html?|json|ya?ml|md|mdx|txt|map|py|rb|rs|go|java|php|vue|lock)$/iu;

/** Accounts of machines, and of nobody. */
const NOBODY =
  /^(?:git|hg|svn|ssh|root|user|username|noreply|no-reply|donotreply|npm|foo|bar|you|your|me|name|email|mail|john\.?doe|jane\.?doe|test|someone|somebody|nobody)$/iu;

function findEmails(text: string): Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0].replace(/-+$/u, "");
    if (!domain || !/\.[a-z]{2,24}$/iu.test(domain) || NO_DOMAIN.test(domain)) continue;
    const local = localPart(text, at);
    if (!local || local.endsWith(".") || NOBODY.test(local)) continue;
    // The `n` of an escaped `\n` is no part of the address behind it.
    const start = at - local.length + (text[at - local.length - 1] === "\\" && /^[nrt]./u.test(local) ? 1 : 0);
    // `ssh://reader@host` names an account of a machine, `x@y@z` nothing that could be written to.
    if (USERINFO.test(text.slice(Math.max(0, start - maxLocal), start))) continue;
    found.push(finding("email", start, at + 1 + domain.length, "word"));
  }
  return found;
}

function localPart(text: string, at: number): string {
  let start = at;
  while (start > 0 && at - start < maxLocal && LOCAL.test(text[start - 1] ?? "")) start--;
  return text.slice(start, at).replace(/^[.%+-]+/u, "");
}

const IPV4 = /(?<!(?<!\\)[\w.$-])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\w-]|\.\d)/gu;
const IPV6 = /(?<![\w:.])[23][0-9a-f]{3}:[0-9a-f:]{2,34}(?![\w:])/giu;

/** Numbers of a path in SVG: each may begin with the point that ends the one before, `m46 191.66.73.35`. */
const DRAWING = /(?:[a-zA-Z]-?|\d-\.?)\d[-\d., ]*$/u;
const maxDrawn = 32;

function findIpAddresses(text: string): Finding[] {
  const found: Finding[] = [];
  for (const match of text.matchAll(IPV4)) {
    const bytes = match.slice(1, 5).map(Number);
    // `Chrome/120.0.6099.71` and `version 1.2.3.4` are versions.
    const before = text.slice(Math.max(0, match.index - 12), match.index);
    if (/[A-Za-z]\/$|vers(?:ion)?["']?[ \t]{0,2}[:=]?[ \t]{0,2}["']?$|[vV]["']?$/u.test(before)) continue;
    if (DRAWING.test(text.slice(Math.max(0, match.index - maxDrawn), match.index))) continue;
    if (isPublicIpv4(bytes)) found.push(finding("ip", match.index, match.index + match[0].length, "word"));
  }
  for (const match of text.matchAll(IPV6)) {
    if (isPublicIpv6(match[0])) found.push(finding("ip", match.index, match.index + match[0].length, "word"));
  }
  return found;
}

/** Resolvers that everybody's code names. */
const WELL_KNOWN = new Set(["1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9"]);

/** Outside the special-purpose blocks of RFC 6890. Addresses that end in `.0.0` are networks or versions. */
function isPublicIpv4(bytes: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (bytes.some((byte) => byte > 255) || WELL_KNOWN.has(bytes.join("."))) return false;
  if (a === 0 || a === 10 || a === 127 || a >= 224 || (c === 0 && d === 0)) return false;
  if (a === 100 && b >= 64 && b < 128) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b < 32) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  // Object identifiers: 1.2.840.…, 1.3.6.1, 2.5.29.15.
  if ((a === 1 && (b === 2 || b === 3)) || (a === 2 && b === 5)) return false;
  // Small numbers throughout are a version or a section: 4.10.0.2, 24.5.1.1.
  return !(a === 203 && b === 0 && c === 113) && !(a < 30 && b < 30 && c < 30 && d < 30);
}

/** A well-formed address in 2000::/3 (RFC 4291) outside 2001:db8::/32, which is documentation's. */
function isPublicIpv6(text: string): boolean {
  const [head = "", tail, ...more] = text.toLowerCase().split("::");
  if (more.length > 0) return false;
  const groups = [...head.split(":"), ...(tail ? tail.split(":") : [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/u.test(group))) return false;
  if (tail === undefined ? groups.length !== 8 : groups.length > 7) return false;
  return !(groups[0] === "2001" && groups[1]?.replace(/^0+/u, "") === "db8");
}

/** No word, and the `n` of an escaped `\n` is none; the letter of a compiler's flag is none either: `-I/home/…`. */
const AT_PATH_START = String.raw`(?<!(?<!\\|(?:^|[\s"'=])-)[\w.~-])`;
const NAME = String.raw`[\p{L}_][\p{L}\p{N}_.-]{0,40}`;
const SEPARATOR = String.raw`(?:\\{1,4}|\/)`;

/**
 * Linux, macOS and Windows, the last also with its separators doubled by an escape; where one system mounts another's
 * disk; in addresses of files. Behind `/home/x` and `/Users/x` a folder or file must follow: `/home/about` is a page.
 */
const HOMES = [
  String.raw`${AT_PATH_START}(?:\/(?:var|usr|export))?\/home\/(${NAME})(?=[/\\])`,
  String.raw`${AT_PATH_START}(?:\/mnt\/[a-z]|\/cygdrive\/[a-z]|\/[a-z]|\/Volumes\/[\w .-]{1,40})?\/Users\/(${NAME})(?=[/\\])`,
  String.raw`(?<=\b(?:file|vscode-remote):\/\/[\w.%+-]{1,80})\/(?:home|Users)\/(${NAME})(?=\/)`,
  String.raw`(?<![A-Za-z])[A-Za-z](?::|%3[Aa])${SEPARATOR}Users${SEPARATOR}(${NAME}(?: [\p{L}\p{N}_.-]{1,30}){1,2}(?=[/\\])|${NAME})`,
  String.raw`\\{2,4}wsl(?:\$|\.localhost)${SEPARATOR}[\w.-]{1,40}${SEPARATOR}home${SEPARATOR}(${NAME})`,
].map((source) => new RegExp(source, "gu"));
/** One of these occurs in every home folder's path. */
const HOME_HINTS = ["/home", "\\home", "Users"];

/** The account in an address (RFC 3986, 3.2.1) that a person signs in to. */
const ACCOUNT =
  /(?<=\b(?:ssh|sftp|scp|rsync|git\+ssh|svn\+ssh|ftps?|https?):\/\/)([\p{L}_][\w.-]{1,40})(?=(?::[^\s/@"'`]{0,200})?@)/gu;

/** Accounts that come with an image or an example, and folders that are no account. */
const NO_PERSON =
  /^(?:users?|username|runner|node|ubuntu|debian|centos|fedora|vscode|codespace|gitpod|circleci|travis|jenkins|vagrant|ec2-user|azureuser|git|hg|svn|app|apps|appuser|docker|linuxbrew|coder|jovyan|pi|steam|postgres|nginx|www|www-data|web|site|root|admin|administrator|deploy|deployer|build|builder|ci|bot|dev|devel|developer|work|workspace|projects?|src|lib|data|api|assets|components|views|pages?|index|home|shared|public|default|guest|nonroot|nobody|anonymous|me|myself|you|yourname|your[-_]?name|name|foo|bar|baz|test|tester|example|x-access-token|x-token-auth|oauth2|token|apikey|api-key)$/iu;

function findHomeFolders(text: string): Finding[] {
  const found: Finding[] = [];
  if (!HOME_HINTS.some((hint) => text.includes(hint))) return found;
  for (const pattern of HOMES) {
    for (const match of text.matchAll(pattern)) {
      if (NO_PERSON.test(match[1] ?? "")) continue;
      found.push(finding("home", match.index, match.index + match[0].length, "folder"));
    }
  }
  return found;
}

function findAccounts(text: string): Finding[] {
  const found: Finding[] = [];
  if (!text.includes("://")) return found;
  for (const match of text.matchAll(ACCOUNT)) {
    if (NO_PERSON.test(match[0]) || NOBODY.test(match[0]) || isPlaceWithoutPeople(text, match.index)) continue;
    found.push(finding("user", match.index, match.index + match[0].length, "path"));
  }
  return found;
}

/** Whether the host behind the account is one of documentation's: RFC 2606 and 6761. */
function isPlaceWithoutPeople(text: string, account: number): boolean {
  const host = /^[^\s/@]{1,256}@([\w.-]{1,100})/u.exec(text.slice(account, account + 360))?.[1] ?? "";
  return NO_DOMAIN.test(host.replace(/\.$/u, ""));
}
