/**
 * Secretlint's recommended rules as a second opinion: whatever they find, ours find too. They are no part of the product;
 * `secret-rules.ts` says why.
 */
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../../shared/privacy/scan.ts";
import { seededSecrets } from "../../fixtures/secrets/corpus.ts";
import { chars, random } from "../../fixtures/secrets/random.ts";

const rules = [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }];

async function theirs(content: string): Promise<number> {
  const source = { content, filePath: "a.ts", ext: ".ts", contentType: "text" as const };
  const { messages } = await lintSource({ source, options: { config: { rules }, noPhysicFilePath: true } });
  return messages.length;
}

const next = random(11);
const digits = "0123456789";
const hex = `${digits}abcdef`;
const alnum = `${digits}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ`;
const join = (...parts: string[]): string => parts.join("");
/** Its base64 ends as they all do, with that of `}` alone. */
const account = JSON.stringify({ email: "service@example.com", key: chars(next, alnum, 120), n: 1 });

/** Of each format that a rule of theirs knows and the corpus does not have. */
const formats: [string, string][] = [
  ["Vercel", join("vc", "p_", chars(next, alnum, 24))],
  ["Cloudflare", join("cf", "ut_", chars(next, alnum, 40), chars(next, hex, 8))],
  ["Tailscale", join("ts", "key-auth-", chars(next, alnum, 16), "-", chars(next, alnum, 32))],
  ["Figma", join("fi", "gd_", chars(next, alnum, 40))],
  ["1Password", join("op", "s_", btoa(account))],
  ["Vault's recovery", join("hv", "r.", chars(next, alnum, 95))],
  [
    "a GitHub App's installation",
    join("gh", "s_", "90817264_", chars(next, alnum, 40), ".", chars(next, alnum, 200), ".", chars(next, alnum, 80)),
  ],
  ["Databricks", join("da", "pi", chars(next, hex, 32))],
  ["Docker", join("dck", "r_pat_", chars(next, alnum, 27))],
  ["Grafana's service account", join("gl", "sa_", chars(next, alnum, 32), "_", chars(next, hex, 8))],
  ["Groq", join("gs", "k_", chars(next, alnum, 52))],
  ["Linear", join("lin", "_api_", chars(next, alnum, 40))],
  ["Notion", join("nt", "n_", chars(next, digits, 11), chars(next, alnum, 35))],
  ["Shopify", join("sh", "pat_", chars(next, hex, 32))],
];

function isTakenOut(text: string, secret: string): boolean {
  const found = findSecrets(text).flatMap(({ parts }) => parts);
  const start = text.indexOf(secret);
  return found.some((part) => part.start <= start && part.end >= start + secret.length);
}

describe("what secretlint finds", () => {
  it.each(formats)("is found whole: a token of %s", async (_, secret) => {
    const text = `connect("${secret}");\n`;
    expect(await theirs(text)).toBeGreaterThan(0);
    expect(isTakenOut(text, secret)).toBe(true);
  });

  it("is found in the seeded corpus", async () => {
    const missed: string[] = [];
    for (const { kind, language, text } of seededSecrets(2026, 20)) {
      if (findSecrets(text).length === 0 && (await theirs(text)) > 0) missed.push(`${kind} in ${language}`);
    }
    expect(missed).toEqual([]);
  });
});
