/**
 * The gate itself: ten rules in their order, the first that refuses is named. What they go by is gathered elsewhere; here
 * nothing is looked up, so that every rule can be shown to hold. Captures and predictions are judged alike.
 */
import type { PolicyAnswer } from "../../shared/wire/policy.ts";
import { allowsPerson, allowsRepository, fitsRepository } from "../../shared/wire/policy.ts";
import type { RepositoryName } from "../context/repository.ts";
import type { ConsentState, ConsentSwitch } from "./consent.ts";
import type { ContentRefusal } from "./content.ts";
import type { PathRefusal } from "./path-rules.ts";
import type { Refusal, Refuse, Verdict } from "./refusal.ts";
import { purposes } from "./refusal.ts";
import type { Snoozed } from "./snooze.ts";
import { isOlderVersion } from "./versions.ts";

/** What is known without a look at any disk: rules 1 to 4, and what rule 5 asks about the person. */
export interface EarlyQuestion {
  readonly purpose: ConsentSwitch;
  readonly consent: ConsentState | "noFolder" | "pinnedOff";
  readonly snoozed: Snoozed | null;
  /** VS Code's own setting. */
  readonly telemetry: boolean;
  readonly trusted: boolean;
  /** As `file` in `file:///web/a.ts`; empty for what is no address. */
  readonly scheme: string;
  /** Null where the server was never reached. */
  readonly policy: Pick<PolicyAnswer, "allowed" | "policy"> | null;
  readonly contributor: string | undefined;
  readonly clientVersion: string;
}

/** Where the file really lies. A document that was never saved lies nowhere, and so not outside. */
export type RealPlace = "inside" | "nowhere" | "link" | "missing" | { readonly unreadable: string };

/** The file's part of the question. */
export type FileQuestion = (
  | {
      readonly external: false;
      readonly repository: RepositoryName;
      /** Patterns as in the policy, of the workspace's own setting. */
      readonly deniedHere: readonly string[];
      readonly path: PathRefusal | null;
      readonly real: RealPlace;
    }
  | {
      readonly external: true;
      readonly secretPath: boolean;
      /** Whether it lies under a root of packages or of a toolchain, by its real path too. */
      readonly underKnownRoot: boolean;
    }
) & {
  /** Whether the path that would leave is relative to the folder or package that the file is in. */
  readonly relative: boolean;
  /** SPDX, of the repository or package. */
  readonly licence: string | null;
  readonly content: ContentRefusal | null;
};

/** Rules 1 to 4, and 5 as far as it is about the person: cheap, and to be asked before any file is looked at. */
export function judgeEarly(question: EarlyQuestion, refuse: Refuse): Verdict {
  return first(earlyRules, question, refuse);
}

/** Rules 1 to 9. */
export function judge(question: EarlyQuestion & { readonly file: FileQuestion }, refuse: Refuse): Verdict {
  const early = judgeEarly(question, refuse);
  return early.ok ? first(lateRules, question, refuse) : early;
}

type Rule<Question> = (question: Question, refuse: Refuse) => Refusal | undefined;

function first<Question>(rules: readonly Rule<Question>[], question: Question, refuse: Refuse): Verdict {
  for (const rule of rules) {
    const refusal = rule(question, refuse);
    if (refusal) return refusal;
  }
  return { ok: true };
}

/** Settings that name repositories never to be captured, and those that pin a switch off. */
export const settingNames = {
  allow: "stillpoint.allow",
  exclude: "stillpoint.exclude",
  deny: "stillpoint.denyRepositories",
};

const capturedSchemes = new Set(["file", "untitled", "vscode-notebook-cell"]);
const minuteMs = 60_000;

const earlyRules: readonly Rule<EarlyQuestion>[] = [
  ({ consent, purpose }, refuse) => {
    if (consent === "given") return undefined;
    return refuse(`consent.${consent}`, { purpose: purposes[purpose], setting: `${settingNames.allow}.${purpose}` });
  },
  ({ snoozed, telemetry }, refuse) => {
    if (snoozed?.kind === "restart") return refuse("snoozed.restart");
    if (snoozed) return refuse("snoozed.until", { minutes: Math.ceil(snoozed.leftMs / minuteMs) });
    return telemetry ? undefined : refuse("snoozed.telemetry");
  },
  ({ trusted }, refuse) => (trusted ? undefined : refuse("trust.untrusted")),
  ({ scheme }, refuse) => (capturedSchemes.has(scheme) ? undefined : refuse("scheme.other", { scheme })),
  ({ policy: known, contributor, clientVersion }, refuse) => {
    if (known === null) return refuse("policy.unknown");
    const { policy, allowed } = known;
    if (policy.paused) return refuse("policy.paused");
    const minimum = policy.minimumClientVersion;
    if (minimum !== null && isOlderVersion(clientVersion, minimum)) {
      return refuse("policy.version", { minimum, version: clientVersion });
    }
    // Whom a policy names, only admins are told; for everybody else the server has answered.
    const { people } = policy;
    const isNamed = people === undefined || contributor === undefined || allowsPerson({ people }, contributor);
    return allowed && isNamed ? undefined : refuse("policy.person");
  },
];

const lateRules: readonly Rule<EarlyQuestion & { readonly file: FileQuestion }>[] = [
  ({ file, policy }, refuse) => (file.external ? undefined : refusedRepository(file, policy?.policy, refuse)),
  ({ file }, refuse) => {
    if (file.external) return file.secretPath ? refuse("path.secret") : undefined;
    if (file.path === null) return undefined;
    return refuse(`path.${file.path.reason}`, { pattern: file.path.pattern ?? "", setting: settingNames.exclude });
  },
  ({ file }, refuse) => {
    if (file.external && !file.underKnownRoot) return refuse("outside.external");
    if (!file.external && typeof file.real === "object") {
      return refuse("outside.unreadable", { code: file.real.unreadable });
    }
    if (!file.external && (file.real === "link" || file.real === "missing")) return refuse(`outside.${file.real}`);
    return file.relative ? undefined : refuse("outside.path");
  },
  ({ file, policy }, refuse) => {
    const allowed = policy?.policy.licences ?? [];
    if (allowed.length === 0) return undefined;
    if (file.licence === null) return refuse("licence.unknown", { allowed: allowed.join(", ") });
    const { licence } = file;
    if (allowed.some((each) => isSameLicence(each, licence))) return undefined;
    return refuse("licence.other", { allowed: allowed.join(", "), licence });
  },
  ({ file }, refuse) => {
    if (file.content === null) return undefined;
    return refuse(`content.${file.content.reason}`, file.content.values);
  },
];

function refusedRepository(
  { repository, deniedHere }: FileQuestion & { readonly external: false },
  policy: PolicyAnswer["policy"] | undefined,
  refuse: Refuse,
): Refusal | undefined {
  // Without any policy the rule before has refused already.
  if (policy === undefined) return refuse("policy.unknown");
  const { allow, deny } = policy.repositories;
  if (repository.kind === "unreadable") {
    return allow.length + deny.length + deniedHere.length > 0 ? refuse("policy.repositoryUnreadable") : undefined;
  }
  const name = repository.kind === "named" ? repository.name : null;
  if (name !== null && deny.some((pattern) => fitsRepository(pattern, name))) {
    return refuse("policy.repositoryDenied", { repository: name });
  }
  if (!allowsRepository(policy, name)) {
    return name === null ? refuse("policy.noRepository") : refuse("policy.repositoryNotAllowed", { repository: name });
  }
  if (name !== null && deniedHere.some((pattern) => fitsRepository(pattern, name))) {
    return refuse("policy.deniedHere", { repository: name, setting: settingNames.deny });
  }
  return undefined;
}

/** A licence's text does not say "or later", so `GPL-3.0` is both of its forms. */
function isSameLicence(allowed: string, found: string): boolean {
  const bare = (id: string) => id.toLowerCase().replace(/-(?:only|or-later)$/u, "");
  return bare(allowed) === bare(found);
}
