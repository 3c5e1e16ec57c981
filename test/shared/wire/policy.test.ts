/** Who and what a policy allows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRecord } from "../../../shared/records/parse.ts";
import type { Policy } from "../../../shared/wire/policy.ts";
import { allowsPerson, allowsRepository, defaultPolicy, policy, retentionDays } from "../../../shared/wire/policy.ts";

function withRepositories(allow: string[], deny: string[] = []): Policy {
  return { ...defaultPolicy, repositories: { allow, deny } };
}

describe("the default policy", () => {
  it("is valid, allows everybody and everything, and keeps it", () => {
    expect(parseRecord(policy, defaultPolicy)).toEqual({ ok: true, value: defaultPolicy });
    expect(allowsPerson(defaultPolicy, "contributor-1")).toBe(true);
    expect(allowsRepository(defaultPolicy, "example.com/a/b")).toBe(true);
    expect(allowsRepository(defaultPolicy, null)).toBe(true);
    expect(retentionDays(defaultPolicy, "example.com/a/b")).toBeNull();
  });
});

describe("a policy's repositories", () => {
  it.each([
    [["example.com/team/*"], "example.com/team/app", true],
    [["example.com/team/*"], "example.com/teams/app", false],
    [["example.com/team/*"], "evil.example/example.com/team/app", false],
    [["Example.com/Team/App"], "example.com/team/app", true],
    [["example.com/*/app"], "example.com/a/b/app", true],
    [["example.com/*/app"], "example.com/a/b/apple", false],
    [["*"], "example.com/a", true],
    [["a", "b"], "b", true],
    [["a.c"], "abc", false],
  ])("%j allow %s: %s", (allow, name, allowed) => {
    expect(allowsRepository(withRepositories(allow), name)).toBe(allowed);
  });

  it("are denied whatever allows them, and need a name where any is asked for", () => {
    expect(allowsRepository(withRepositories(["*"], ["example.com/secret*"]), "example.com/secrets")).toBe(false);
    expect(allowsRepository(withRepositories([], ["example.com/*"]), null)).toBe(true);
    expect(allowsRepository(withRepositories(["*"]), null)).toBe(false);
  });

  it("fit as the same pattern does as a regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 12 });
    const name = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 });
    fc.assert(
      fc.property(text, name, (pattern, repository) => {
        const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "u").test(repository);
        expect(allowsRepository(withRepositories([pattern]), repository)).toBe(expected);
      }),
    );
  });

  it("cost no more than their lengths, whatever the pattern", () => {
    // A regular expression of this pattern would still be at it when the sun goes out.
    expect(allowsRepository(withRepositories([`${"a*".repeat(60)}b`]), "a".repeat(2_000))).toBe(false);
  });

  it("of a retention are the first that fits", () => {
    const retention = {
      days: 365,
      repositories: [
        { repository: "example.com/keep", days: null },
        { repository: "example.com/*", days: 30 },
      ],
    };
    const kept = (name: string | null) => retentionDays({ ...defaultPolicy, retention }, name);
    expect([kept("example.com/keep"), kept("example.com/x"), kept("example.org/x"), kept(null)]).toEqual([
      null,
      30,
      365,
      365,
    ]);
  });
});

describe("a policy's people", () => {
  it("are those on the list, but for the denied", () => {
    const people = { allow: ["contributor-1", "contributor-2"], deny: ["contributor-2"] };
    const allowed = ["contributor-1", "contributor-2", "contributor-3"].map((id) =>
      allowsPerson({ ...defaultPolicy, people }, id),
    );
    expect(allowed).toEqual([true, false, false]);
  });
});

describe("a pattern that could never fit", () => {
  it.each(["https://example.com/a", "git@example.com:a", "example.com/a.git", ""])("%j is refused", (pattern) => {
    expect(parseRecord(policy, withRepositories([pattern]))).toMatchObject({
      ok: false,
      issues: [{ path: "repositories.allow[0]" }],
    });
  });
});
