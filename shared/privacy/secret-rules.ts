/**
 * Secrets that their own shape gives away: a fixed prefix, a length, an alphabet. One row a service.
 *
 * Linear on any input. Every pattern begins with fixed characters or a lookbehind, every quantifier is bounded, no
 * quantified group holds a quantifier: so an attempt costs at most the pattern's longest match, and a row whose hint
 * does not occur costs one search for it. A test reads the sources and holds them to this.
 *
 * The formats are the services' own; where one grew longer over the years the row takes both.
 *
 * Secretlint's recommended rules (13.0.7) know formats that have rows here, and are a second opinion in the tests, not a
 * part of the product. Of the seeded corpus they found 41%, and nothing that the rules here did not. They say that a line
 * is bad, not where a secret begins and ends (the range of an AWS key's begins at its name), so nothing can be put in its
 * place; a comment in the code, `secretlint-disable`, silences them; 200 KB of `ghs_1_a.` hold them up for 0.4 s, and
 * nothing can stop them midway; they ask for Node 22, where VS Code 1.91 has 20; and they would add 86 KB to a bundle of
 * 224 KB.
 */
import { isFiller, isMadeOfWords, isPlausiblePassword, isPlausibleSecret, isTokenFiller } from "./plausible.ts";

export interface TokenRule {
  /** What the placeholder and the counts call it. */
  readonly kind: string;
  /** The pattern is tried only where one of these occurs, exactly as written. */
  readonly hints: readonly string[];
  /** Group 1 is the secret, where there is one; else the whole match. */
  readonly pattern: RegExp;
  /** Says no to a match that is documentation's or a test's. By default: no filler. */
  readonly accept?: (secret: string, match: RegExpExecArray) => boolean;
}

/** Not in the middle of a word; the `n` of an escaped `\n` is no part of one. */
const LEFT = String.raw`(?<!(?<!\\)[A-Za-z0-9])`;
/** A token ends where its alphabet does. */
const RIGHT = "(?![A-Za-z0-9])";

/** Bounds of unbounded formats, in characters. */
const maxToken = 512;
const maxJwtPart = 4096;
const maxInnerJwtHeader = 120;

function token(kind: string, hints: readonly string[], body: string): TokenRule {
  const pattern = new RegExp(`${LEFT}(?:${body})${RIGHT}`, "dg");
  return { kind, hints, pattern, accept: (secret) => !isTokenFiller(secret) };
}

const word = String.raw`[\w-]`;

/** Three parts. In the middle of a longer word the first is short, or a word of nothing but beginnings takes seconds. */
function jwtRules(): TokenRule[] {
  const behindHeader = `\\.eyJ${word}{10,${maxJwtPart}}\\.${word}{10,${maxJwtPart}}`;
  return [
    token("jwt", ["eyJ"], `(?<!(?<!\\\\)[-_])eyJ${word}{10,${maxJwtPart}}${behindHeader}`),
    token("jwt", ["eyJ"], `(?<=[-_])eyJ${word}{10,${maxInnerJwtHeader}}${behindHeader}`),
  ];
}

const SERVICE_TOKENS: readonly TokenRule[] = [
  token("aws-access-key", ["AKIA", "ASIA", "ABIA", "ACCA"], "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),
  token("github-token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "gh[pousr]_[A-Za-z0-9]{36,255}"),
  token("github-token", ["github_pat_"], String.raw`github_pat_\w{22,255}`),
  token("gitlab-token", ["gl"], `gl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent|oas|ffct)-[\\w.-]{20,${maxToken}}`),
  token("slack-token", ["xox"], `xox[abeoprs][.-](?:xox[bp]-)?[A-Za-z0-9-]{10,${maxToken}}`),
  token("slack-token", ["xapp-"], `xapp-\\d-[A-Za-z0-9-]{20,${maxToken}}`),
  token("stripe-key", ["k_live_", "k_test_", "k_prod_"], "[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}"),
  token("stripe-key", ["whsec_"], "whsec_[A-Za-z0-9+/]{24,100}={0,2}"),
  token("google-api-key", ["AIza"], `AIza${word}{35}`),
  token("google-oauth", ["GOCSPX-"], `GOCSPX-${word}{28}`),
  token("google-oauth", ["ya29."], `ya29\\.${word}{20,${maxToken}}`),
  token("npm-token", ["npm_"], "npm_[A-Za-z0-9]{36}"),
  token("pypi-token", ["pypi-"], `pypi-AgE[A-Za-z]${word}{50,1000}`),
  token("openai-key", ["sk-"], `sk-(?:proj|svcacct|admin|None)-${word}{20,300}`),
  token("openai-key", ["sk-"], "sk-[A-Za-z0-9]{32,100}"),
  token("anthropic-key", ["sk-ant-"], `sk-ant-[a-z]{3,10}\\d{0,2}-${word}{20,300}`),
  token("huggingface-token", ["hf_", "api_org_"], "(?:hf|api_org)_[A-Za-z0-9]{30,64}"),
  token("sendgrid-key", ["SG."], `SG\\.${word}{16,32}\\.${word}{32,64}`),
  token("twilio-key", ["SK"], "SK[0-9a-f]{32}"),
  token("mailgun-key", ["key-"], "key-[0-9a-f]{32}"),
  token("mailgun-key", ["-"], "[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}"),
  token("mailchimp-key", ["-us"], String.raw`[0-9a-f]{32}-us\d{1,2}`),
  token("telegram-token", [":AA"], `\\d{8,10}:AA${word}{33}`),
  token("discord-token", ["."], `[MNO][A-Za-z0-9]{23,27}\\.${word}{6}\\.${word}{27,38}`),
  ...jwtRules(),
  token("azure-key", ["Q~"], String.raw`[\w.~]{3}\dQ~[\w.~-]{31,34}`),
  token("digitalocean-token", ["_v1_"], "do[opr]_v1_[0-9a-f]{64}"),
  token("shopify-token", ["shp"], "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
  token("vault-token", ["hvs.", "hvb.", "hvr."], `hv[sbr]\\.${word}{24,300}`),
  token("terraform-token", [".atlasv1."], `[A-Za-z0-9]{14}\\.atlasv1\\.${word}{60,70}`),
  token("databricks-token", ["dapi"], String.raw`dapi[0-9a-f]{32}(?:-\d)?`),
  token("square-token", ["sq0"], `sq0(?:atp|csp|idp)-${word}{22,43}`),
  token("atlassian-token", ["ATATT3"], "ATATT3[\\w=-]{60,300}"),
  token("docker-token", ["dckr_"], `dckr_(?:pat|oat)_${word}{24,64}`),
  token("grafana-token", ["glsa_", "glc_"], `(?:glsa|glc)_\\w{32,400}={0,2}`),
  token("new-relic-key", ["NRAK-"], "NRAK-[A-Z0-9]{27}"),
  token("sentry-token", ["sntry"], "sntry[su]_[\\w+/=-]{40,400}"),
  token("planetscale-token", ["pscale_"], "pscale_(?:tkn|pw|oauth)_[\\w.=-]{32,64}"),
  token("doppler-token", ["dp."], "dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{40,80}"),
  token("age-key", ["AGE-SECRET-KEY-1"], "AGE-SECRET-KEY-1[A-Z0-9]{58}"),
  token("rubygems-key", ["rubygems_"], "rubygems_[0-9a-f]{48}"),
  token("postman-key", ["PMAK-"], "PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
  token("linear-key", ["lin_"], "lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
  token("notion-token", ["ntn_", "secret_"], "(?:ntn_[A-Za-z0-9]{40,60}|secret_[A-Za-z0-9]{43})"),
  token("model-host-key", ["gsk_", "r8_", "xai-", "pplx-"], "(?:gsk_|r8_|xai-|pplx-)[A-Za-z0-9]{36,90}"),
  token("supabase-key", ["sbp_", "sb_secret_"], `(?:sbp_[0-9a-f]{40}|sb_secret_${word}{20,64})`),
  token("netlify-token", ["nfp_"], "nfp_[A-Za-z0-9]{36,40}"),
  token("heroku-key", ["HRKU-"], `HRKU-${word}{36,70}`),
  token("cratesio-token", ["cio"], "cio[A-Za-z0-9]{32}"),
  token("stillpoint-token", ["stillpoint_"], "stillpoint_[0-9a-f]{12}_[0-9a-f]{64}"),
  token(
    "github-token",
    ["ghs_"],
    `ghs_\\d{1,20}_${word}{1,${maxToken}}\\.${word}{1,${maxJwtPart}}\\.${word}{20,${maxToken}}`,
  ),
  token("vercel-token", ["vcp_", "vci_", "vca_", "vcr_", "vck_"], "vc[piark]_[A-Za-z0-9]{20,60}"),
  token("cloudflare-token", ["cfk_", "cfut_", "cfat_"], "cf(?:k|ut|at)_[A-Za-z0-9]{40}[0-9a-f]{8}"),
  token("tailscale-key", ["tskey-"], String.raw`tskey-[a-z]{2,20}-\w{8,40}-\w{16,60}`),
  token("figma-token", ["figd_"], `figd_${word}{40,200}`),
  token("onepassword-token", ["ops_ey"], "ops_ey[A-Za-z0-9+/]{100,1280}={0,2}"),
  token("airtable-token", ["pat"], String.raw`pat[A-Za-z0-9]{14}\.[0-9a-f]{64}`),
];

/** Secrets that what stands around them gives away: an address, a header, a connection string. */
const PLACED_SECRETS: readonly TokenRule[] = [
  {
    kind: "slack-webhook",
    hints: ["hooks.slack.com/"],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/([\w/]{20,120})/dgu,
  },
  {
    kind: "discord-webhook",
    hints: ["/api/webhooks/"],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/(\d{10,24}\/[\w-]{40,100})/dgu,
  },
  {
    kind: "teams-webhook",
    hints: [".webhook.office.com/"],
    pattern: /\.webhook\.office\.com\/webhookb2\/([\w@/-]{60,250})/dgu,
  },
  {
    kind: "azure-key",
    hints: ["AccountKey=", "SharedAccessKey=", "accountkey=", "sharedaccesskey="],
    pattern: /(?:AccountKey|SharedAccessKey|accountkey|sharedaccesskey)=([A-Za-z0-9+/]{40,100}={0,2})/dgu,
  },
  {
    kind: "azure-key",
    hints: ["sig="],
    pattern: /[?&;]sig=((?:[A-Za-z0-9+/_-]|%[0-9A-Fa-f]{2}){40,120}={0,2})/dgu,
  },
  // The password of any address that carries one, of a database or not: userinfo (RFC 3986, 3.2.1).
  {
    kind: "url-password",
    hints: ["://"],
    pattern: /:\/\/[^\s/:@"'`<>‹›\\]{0,80}:([^\s/"'`<>‹›\\]{3,200})@(?=[\w.[-])/dgu,
    accept: (secret, match) => isUrlPassword(secret, userOf(match[0])),
  },
  // A token in place of the user name, as `git clone` takes it.
  {
    kind: "url-password",
    hints: ["://"],
    pattern: /:\/\/([\w.~%+-]{16,200})@(?=[\w.[-])/dgu,
    accept: isPlausibleSecret,
  },
  {
    kind: "auth-header",
    hints: ["earer", "EARER"],
    pattern: /\b(?:[Bb]earer|BEARER)[ \t]{1,4}([\w.~+/=-]{16,4096})/dgu,
    accept: (secret) => !isFiller(secret) && /\d/u.test(secret) && !isMadeOfWords(secret),
  },
  {
    kind: "auth-header",
    hints: ["asic ", "ASIC "],
    pattern: /\b(?:[Bb]asic|BASIC)[ \t]{1,4}([A-Za-z0-9+/]{8,512}={0,2})/dgu,
    accept: isBasicCredentials,
  },
  {
    kind: "auth-header",
    hints: ["uthorization", "UTHORIZATION"],
    pattern:
      /(?:[Aa]uthorization|AUTHORIZATION)["'`\]]{0,2}[ \t]{0,4}[:=,][ \t]{0,4}["'`]?(?:(?:[Tt]oken|[Aa]pi-?[Kk]ey|[Kk]ey)[ \t=]{1,4})?([\w.~+/=-]{16,512})/dgu,
    accept: isPlausibleSecret,
  },
  // curl -u user:password
  {
    kind: "password",
    hints: ["-u ", "--user "],
    pattern: /(?<=\s)(?:-u|--user)[ \t]{1,3}["']?[\w.@-]{1,60}:([^\s"'`‹›]{6,100})/dgu,
    accept: isPlausiblePassword,
  },
  {
    kind: "npm-token",
    hints: ["_authToken", "_auth", ":_password"],
    pattern: /(?:\/:|^)_(?:authToken|auth|password)[ \t]{0,3}=[ \t]{0,3}["']?([\w+/=.-]{16,400})/dgmu,
  },
];

/** In the order in which they win where two find the same text. */
export const TOKEN_RULES: readonly TokenRule[] = [...SERVICE_TOKENS, ...PLACED_SECRETS];

const DEFAULT_PASSWORDS = new Set(["postgres", "mysql", "mongo", "redis", "rabbitmq", "guest", "root", "admin", "sa"]);

function isUrlPassword(password: string, user: string): boolean {
  if (password === user || isFiller(password) || DEFAULT_PASSWORDS.has(password.toLowerCase())) return false;
  if (/^[$%{<[]|\$\{|\{\{|^:|^\*+$/u.test(password)) return false;
  if (/^(?:pass|pwd|secret|token|test|p@ss)/iu.test(password) && password.length < 16) return false;
  // `//host:8080/@scope` and `://a:b@c` in prose: a port, or a word of a few letters
  return password.length >= 6 && (/[^a-z]/u.test(password) || password.length >= 12) && !/^\d{1,5}$/u.test(password);
}

/** The user name in `://user:password@`. */
function userOf(match: string): string {
  return match.slice(3, match.indexOf(":", 3));
}

/** RFC 7617: base64 of `user:password`. */
function isBasicCredentials(encoded: string): boolean {
  if (encoded.length % 4 === 1) return false;
  let text: string;
  try {
    text = atob(encoded);
  } catch {
    // Not base64 at all, so no credentials: nothing else can be learnt from the fault.
    return false;
  }
  return /^[\x20-\x7e]{1,120}:[\x20-\x7e]{1,240}$/u.test(text) && !/:(?:pass(?:word)?)?$/u.test(text);
}
