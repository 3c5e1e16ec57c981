/** Looks through a text for secrets and personal data, by all rules. */
import { lineAt, lineStarts } from "../text/lines.ts";
import type { Finding } from "./finding.ts";
import { finding } from "./finding.ts";
import { findPersonalData } from "./personal.ts";
import { placeholderMask } from "./placeholder.ts";
import { isFiller } from "./plausible.ts";
import { findPrivateKeys } from "./private-keys.ts";
import { findAssignedSecrets } from "./secret-assignments.ts";
import type { TokenRule } from "./secret-rules.ts";
import { TOKEN_RULES } from "./secret-rules.ts";

/** What a last scan says: which kind, on which line (from 0); never the value. */
export interface SecretSighting {
  readonly kind: string;
  readonly line: number;
}

/** Secrets in `text`, ascending and disjoint; where two rules find the same characters, the more specific one has them. */
export function findSecrets(text: string): Finding[] {
  return disjoint(text, [...findPrivateKeys(text), ...findTokens(text), ...findAssignedSecrets(text)]);
}

/** Secrets, then personal data, likewise. */
export function findSensitive(text: string): Finding[] {
  return disjoint(text, [...findSecrets(text), ...findPersonalData(text)]);
}

/** Whether anything secret is left, and where: for a gate that refuses, and for the last look before an export. */
export function scanForSecrets(text: string): SecretSighting[] {
  const found = findSecrets(text);
  if (found.length === 0) return [];
  const starts = lineStarts(text);
  return found.map(({ kind, parts }) => ({ kind, line: lineAt(starts, parts[0]?.start ?? 0) }));
}

function findTokens(text: string): Finding[] {
  const found: Finding[] = [];
  for (const rule of TOKEN_RULES) {
    if (rule.hints.some((hint) => text.includes(hint))) findByRule(text, rule, found);
  }
  return found;
}

function findByRule(text: string, rule: TokenRule, found: Finding[]): void {
  for (const match of text.matchAll(rule.pattern)) {
    const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [match.index, match.index + match[0].length];
    const secret = text.slice(start, end);
    if (rule.accept ? rule.accept(secret, match) : !isFiller(secret)) found.push(finding(rule.kind, start, end));
  }
}

/** Keeps a finding whose characters no earlier one in the list has, and none of which are a placeholder's. */
function disjoint(text: string, findings: readonly Finding[]): Finding[] {
  if (findings.length === 0) return [];
  const taken = placeholderMask(text);
  const kept: Finding[] = [];
  for (const candidate of findings) {
    const parts = candidate.parts.filter((part) => !taken.subarray(part.start, part.end).includes(1));
    if (parts.length === 0) continue;
    kept.push({ kind: candidate.kind, parts });
    for (const part of parts) taken.fill(1, part.start, part.end);
  }
  return kept.sort((a, b) => (a.parts[0]?.start ?? 0) - (b.parts[0]?.start ?? 0));
}
