import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../server/errors.ts";
import { contributorPseudonym, pseudonymKeyOfSeed, readPseudonymKey } from "../../../server/import/contributor.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-key-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a contributor's pseudonym", () => {
  it("is one for all ways to write an address, and another under another key", () => {
    const key = pseudonymKeyOfSeed(1);
    expect(contributorPseudonym(key, "Ada@Example.com ")).toBe(contributorPseudonym(key, "ada@example.com"));
    expect(contributorPseudonym(key, "grace@example.com")).not.toBe(contributorPseudonym(key, "ada@example.com"));
    expect(contributorPseudonym(pseudonymKeyOfSeed(2), "ada@example.com")).not.toBe(
      contributorPseudonym(key, "ada@example.com"),
    );
  });

  it("is HMAC-SHA256, as anybody can check who has the key", () => {
    // RFC 4231, test case 2, whose data is in lower case already.
    const pseudonym = contributorPseudonym(Buffer.from("Jefe"), "what do ya want for nothing?");
    expect(pseudonym).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });
});

describe("the data folder's key", () => {
  it("is made once, also by many at the same time, and is its owner's alone", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => readPseudonymKey(folder)));
    expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect(await readdir(folder)).toEqual(["pseudonym-key"]);
    expect((await stat(join(folder, "pseudonym-key"))).mode & 0o777).toBe(0o600);
    expect(await readPseudonymKey(folder)).toEqual(keys[0]);
  });

  it("is never made anew where something else stands in its place", async () => {
    await writeFile(join(folder, "pseudonym-key"), "torn");
    await expect(readPseudonymKey(folder)).rejects.toThrow(Failure);
  });
});
