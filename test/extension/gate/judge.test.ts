/** The rules of the gate, one by one and in their order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consentSwitches } from "../../../extension/gate/consent.ts";
import type { EarlyQuestion, FileQuestion } from "../../../extension/gate/judge.ts";
import { judge, judgeEarly } from "../../../extension/gate/judge.ts";
import type { GateRule } from "../../../extension/gate/refusal.ts";
import { gateRules, purposes, refuseIn, sentences } from "../../../extension/gate/refusal.ts";
import { isOlderVersion } from "../../../extension/gate/versions.ts";
import { inEnglish } from "../../../extension/translate.ts";
import type { Policy } from "../../../shared/wire/policy.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";

type Question = EarlyQuestion & { readonly file: FileQuestion };
type InFolder = FileQuestion & { readonly external: false };

const refuse = refuseIn(inEnglish);

const inFolder: InFolder = {
  external: false,
  repository: { kind: "named", name: "git.example.com/shop/web" },
  deniedHere: [],
  path: null,
  real: "inside",
  relative: true,
  licence: "MIT",
  content: null,
};

const external: FileQuestion = {
  external: true,
  secretPath: false,
  underKnownRoot: true,
  relative: true,
  licence: "MIT",
  content: null,
};

const good: Question = {
  purpose: "snapshots",
  consent: "given",
  snoozed: null,
  telemetry: true,
  trusted: true,
  scheme: "file",
  policy: { allowed: true, policy: defaultPolicy },
  contributor: "contributor-1",
  clientVersion: "1.2.3",
  file: inFolder,
};

function policy(change: Partial<Policy>, allowed = true): Partial<Question> {
  return { policy: { allowed, policy: { ...defaultPolicy, ...change } } };
}
const file = (change: Partial<InFolder>): Partial<Question> => ({ file: { ...inFolder, ...change } });

/** What breaks one rule, with everything else good, and a part of what a person is told. */
const breaks: readonly (readonly [string, GateRule, Partial<Question>, RegExp])[] = [
  ["no consent was given", "consent", { consent: "off" }, /not switched on sharing snapshots.*Start Contributing/u],
  ["consent was given to an older text", "consent", { consent: "outdated" }, /has changed since you agreed/u],
  ["another person consented", "consent", { consent: "otherPerson" }, /Somebody else/u],
  ["a setting pins it off", "consent", { consent: "pinnedOff" }, /stillpoint\.allow\.snapshots/u],
  ["the file is in no folder", "consent", { consent: "noFolder" }, /none of the folders/u],
  ["it is snoozed", "snoozed", { snoozed: { kind: "until", leftMs: 61_000 } }, /another 2 min/u],
  ["it is snoozed until restart", "snoozed", { snoozed: { kind: "restart" } }, /until this window is reloaded/u],
  ["telemetry is off", "snoozed", { telemetry: false }, /telemetry\.telemetryLevel/u],
  ["the workspace is not trusted", "trust", { trusted: false }, /not trusted/u],
  ["the document is a diff's side", "scheme", { scheme: "git" }, /“git”/u],
  ["the document is virtual", "scheme", { scheme: "vscode-vfs" }, /“vscode-vfs”/u],
  ["no policy is known", "policy", { policy: null }, /never reached its server/u],
  ["the policy pauses everybody", "policy", policy({ paused: true }), /paused/u],
  [
    "the extension is too old",
    "policy",
    policy({ minimumClientVersion: "1.3.0" }),
    /1\.3\.0 or newer, and this is 1\.2\.3/u,
  ],
  ["the server does not allow the person", "policy", policy({}, false), /this account/u],
  [
    "the policy denies the person",
    "policy",
    policy({ people: { allow: [], deny: ["contributor-1"] } }),
    /this account/u,
  ],
  [
    "the policy denies the repository",
    "policy",
    policy({ repositories: { allow: [], deny: ["git.example.com/shop/*"] } }),
    /excludes the repository git\.example\.com\/shop\/web/u,
  ],
  [
    "the policy allows others",
    "policy",
    policy({ repositories: { allow: ["git.example.com/lib/*"], deny: [] } }),
    /none of them/u,
  ],
  [
    "the policy allows named ones, and this has no name",
    "policy",
    {
      ...policy({ repositories: { allow: ["*"], deny: [] } }),
      ...file({ repository: { kind: "nameless" } }),
    },
    /no repository that has a remote/u,
  ],
  [
    "some are denied, and this cannot be named",
    "policy",
    {
      ...policy({ repositories: { allow: [], deny: ["git.example.com/lib/*"] } }),
      ...file({ repository: { kind: "unreadable" } }),
    },
    /git could not say/u,
  ],
  ["the workspace denies it", "policy", file({ deniedHere: ["*/shop/web"] }), /stillpoint\.denyRepositories/u],
  ["the path is secret", "path", file({ path: { reason: "secret" } }), /hold secrets/u],
  ["the path is git's", "path", file({ path: { reason: "versionControl" } }), /version control/u],
  ["the file is hidden", "path", file({ path: { reason: "filesExclude", pattern: "**/*.log" } }), /“\*\*\/\*\.log”/u],
  ["git ignores it", "path", file({ path: { reason: "gitIgnored" } }), /\.gitignore/u],
  [
    "a setting excludes it",
    "path",
    file({ path: { reason: "setting", pattern: "a/" } }),
    /“a\/”.*stillpoint\.exclude/u,
  ],
  ["a list excludes it", "path", file({ path: { reason: "ignoreFile", pattern: "b" } }), /\.stillpointignore/u],
  ["it really lies elsewhere", "outside", file({ real: "link" }), /symbolic link/u],
  ["it is gone", "outside", file({ real: "missing" }), /no longer on the disk/u],
  ["its place cannot be read", "outside", file({ real: { unreadable: "EACCES" } }), /EACCES/u],
  ["its path names the machine", "outside", file({ relative: false }), /report this/u],
  [
    "its licence is another",
    "licence",
    { ...policy({ licences: ["Apache-2.0"] }) },
    /Apache-2\.0, and this is under MIT/u,
  ],
  [
    "its licence is unknown",
    "licence",
    { ...policy({ licences: ["MIT"] }), ...file({ licence: null }) },
    /no licence/u,
  ],
  ["it is too big", "content", file({ content: { reason: "bytes", values: { limit: 2 } } }), /2 MB/u],
  ["it is too long", "content", file({ content: { reason: "lines", values: { limit: 50_000 } } }), /50000 lines/u],
  ["it is minified", "content", file({ content: { reason: "minified", values: { limit: 240 } } }), /240 characters/u],
  ["it is binary", "content", file({ content: { reason: "binary", values: {} } }), /not text/u],
  ["it is generated", "content", file({ content: { reason: "generated", values: {} } }), /by a program/u],
];

describe("the gate", () => {
  it("lets through what breaks no rule", () => {
    expect(judge(good, refuse)).toEqual({ ok: true });
    expect(judge({ ...good, file: external }, refuse)).toEqual({ ok: true });
  });

  it.each(breaks)("refuses where %s, by rule %s", (_, rule, change, says) => {
    const verdict = judge({ ...good, ...change }, refuse);
    expect(verdict).toMatchObject({ ok: false, rule, sentence: expect.stringMatching(says) });
  });

  it.each(consentSwitches)("asks for the consent to %s by its name", (purpose) => {
    const verdict = judge({ ...good, purpose, consent: "off" }, refuse);
    expect(verdict).toMatchObject({ rule: "consent", sentence: expect.stringContaining(purposes[purpose]) });
  });

  it("names the first rule, in the design's order, of however many are broken", () => {
    const some = fc.uniqueArray(fc.constantFrom(...breaks), {
      minLength: 1,
      // One way to break each rule, and two that change the same answer are one.
      selector: ([, rule]) => rule,
    });
    fc.assert(
      fc.property(some, (broken) => {
        const policies = broken.flatMap(([, , change]) => (change.policy === undefined ? [] : [change.policy]));
        // Two policies cannot both be in force: one that was never reached breaks the rule before.
        fc.pre(policies.length < 2);
        const change: Partial<Question> = Object.assign({}, ...broken.map(([, , each]) => each));
        const files = broken.map(([, , each]) => differing(each.file ?? inFolder));
        Object.assign(change, { file: Object.assign({}, inFolder, ...files) });
        const verdict = judge({ ...good, ...change }, refuse);
        const rules = broken.map(([, rule]) => rule);
        const expected = gateRules.find((rule) => rules.includes(rule));
        expect(verdict).toMatchObject({ ok: false, rule: expected });
      }),
      { numRuns: 300 },
    );
  });

  it("asks what needs no disk before anything that does", () => {
    for (const [, rule, change] of breaks) {
      const early = judgeEarly({ ...good, ...change }, refuse);
      if (!early.ok) expect(early.rule).toBe(rule);
      if (["consent", "snoozed", "trust", "scheme"].includes(rule)) expect(early.ok).toBe(false);
    }
  });

  it("leaves an unreadable repository alone where none is excluded", () => {
    expect(judge({ ...good, ...file({ repository: { kind: "unreadable" } }) }, refuse).ok).toBe(true);
  });

  it("takes a licence for both of its forms, since its text does not say which", () => {
    const gpl = { ...policy({ licences: ["GPL-3.0-or-later"] }), ...file({ licence: "GPL-3.0" }) };
    expect(judge({ ...good, ...gpl }, refuse).ok).toBe(true);
  });
});

describe("an external definition", () => {
  const judged = (change: Partial<FileQuestion>, rest: Partial<Question> = {}) =>
    judge({ ...good, ...rest, file: { ...external, ...change } as FileQuestion }, refuse);

  it("is held to no repository's name", () => {
    expect(judged({}, policy({ repositories: { allow: ["git.example.com/other"], deny: ["*"] } })).ok).toBe(true);
  });

  it("is refused outside of every known root, and where its path is secret", () => {
    expect(judged({ underKnownRoot: false })).toMatchObject({ rule: "outside", reason: "outside.external" });
    expect(judged({ secretPath: true, underKnownRoot: false })).toMatchObject({ rule: "path" });
  });

  it("is held to the licences of the policy and to the rule about content", () => {
    expect(judged({ licence: null }, policy({ licences: ["MIT"] }))).toMatchObject({ rule: "licence" });
    expect(judged({ content: { reason: "binary", values: {} } })).toMatchObject({ rule: "content" });
  });
});

describe("a refusal's sentence", () => {
  it.each(Object.entries(sentences))("%s is for people", (_, sentence) => {
    expect(sentence).toMatch(/^\p{Lu}.*\.$/su);
    expect(sentence).not.toMatch(/undefined|null|\bURI\b/u);
  });

  it("has all of its values filled in", () => {
    for (const [, , change] of breaks) {
      const verdict = judge({ ...good, ...change }, refuse);
      expect(verdict.ok ? "" : verdict.sentence).not.toMatch(/[{}]/u);
    }
  });

  it("is the person's language's", () => {
    const verdict = judge(
      { ...good, trusted: false },
      refuseIn((message) => `«${message}»`),
    );
    expect(verdict).toMatchObject({ sentence: `«${sentences["trust.untrusted"]}»` });
  });
});

describe("a version", () => {
  it.each([
    ["1.2.3", "1.2.3", false],
    ["1.2.10", "1.2.9", false],
    ["1.2.3", "1.2.4", true],
    ["0.9.9", "1.0.0", true],
    ["2.0.0", "1.9.9", false],
    ["1.2.3-beta", "1.2.3", true],
    ["new", "0.0.1", true],
  ])("%s is older than %s: %s", (version, minimum, older) => {
    expect(isOlderVersion(version, minimum)).toBe(older);
  });
});

/** The fields in which a file differs from the good one. */
function differing(file: FileQuestion): Partial<FileQuestion> {
  return Object.fromEntries(
    Object.entries(file).filter(([name, value]) => inFolder[name as keyof InFolder] !== value),
  ) as Partial<FileQuestion>;
}
