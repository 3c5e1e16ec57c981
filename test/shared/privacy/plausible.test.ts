import { describe, expect, it } from "vitest";
import { isFiller, isPlausiblePassword, isPlausibleSecret, isTokenFiller } from "../../../shared/privacy/plausible.ts";

/** Made up, and in pieces, so that no scanner takes this file for a leak. */
const secret = ["q9ZrKd3m", "WxT7vBn2"].join("");

describe("a value behind a password's name", () => {
  it.each([
    ["Xk29!d", "fQ"].join(""),
    ["Tr0ub4", "dor&3"].join(""),
    ["hunter", "22"].join(""),
    ["7!88", "#21"].join(""),
  ])("may be one: %s", (value) => {
    expect(isPlausiblePassword(value)).toBe(true);
  });

  it.each([
    ["filler", "changeme1!"],
    ["filler", "xxxxxxx1!"],
    ["a template", `\${${secret}}`],
    ["a variable", `$${secret}`],
    ["a variable of the environment", `process.env.${secret}`],
    ["a format", "abc1!def%s"],
    ["an address", "https://host/a1b2"],
    ["a file", "./keys/a1b2c3.pem"],
    ["a rule", "min:8"],
    ["a name in parts", "form.label.2"],
    ["a version", "v1.20.300"],
    ["a word of tests", "Password1!"],
    ["an expression", "f(a1b2c3)"],
    ["digits alone", "19283746"],
    ["too short", "a1!"],
  ])("is none that is %s: %s", (_, value) => {
    expect(isPlausiblePassword(value)).toBe(false);
  });
});

describe("a value behind a key's or a token's name", () => {
  it.each([secret, secret.toUpperCase(), ["0f8b2c", "91d7e34a"].join(""), ["qZrKdmWxTvBnLp", "YcHfGjUeRs"].join("")])(
    "may be one: %s",
    (value) => {
      expect(isPlausibleSecret(value)).toBe(true);
    },
  );

  it.each([
    ["made of words", "userTokenName2"],
    ["made of words, scoped", "auth.token.v2.header"],
    ["a variable", `$${secret}`],
    ["a path", `/var/run/${secret}`],
    ["an address", `https://host/${secret}`],
    ["a file", `${secret}.json`],
    ["too short", secret.slice(0, 9)],
    ["of few characters", "a1b1a1b1a1b1"],
    ["letters of one word", "thisisasentenceofletters"],
    ["prose", "it is 22 words long"],
  ])("is none that is %s: %s", (_, value) => {
    expect(isPlausibleSecret(value)).toBe(false);
  });
});

describe("filler", () => {
  it("is a word for what will stand there, unless the value is so long that chance wrote it", () => {
    expect(isFiller("replace-me-with-it")).toBe(true);
    expect(isFiller(`${secret}fake${secret}`)).toBe(false);
    expect(isFiller(`${secret}example`)).toBe(true);
    expect(isFiller(secret)).toBe(false);
  });

  it("is no run along the keyboard behind a service's own prefix, but one character alone, or a placeholder", () => {
    for (const run of ["123456", "abcdef", "000000"]) {
      expect(isFiller(`k_${secret}${run}`)).toBe(true);
      expect(isTokenFiller(`k_${secret}${run}`)).toBe(false);
    }
    for (const rest of ["0".repeat(24), "XXXXXXXXXXXXXXXX", "EXAMPLEEXAMPLE", "..."]) {
      expect(isTokenFiller(`sk_live_${rest}`)).toBe(true);
    }
  });
});
