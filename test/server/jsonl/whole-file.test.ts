/** Files that are there whole or not at all, and whose owner alone may read them where that is asked for. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../server/errors.ts";
import { readIfThere } from "../../../server/jsonl/read-if-there.ts";
import { ownerOnly, writeOnce, writeWhole } from "../../../server/jsonl/whole-file.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-whole-"));
  path = join(folder, "secret");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rights = (): number => statSync(path).mode & 0o777;

describe("a file written whole", () => {
  it("is its owner's alone, also where a crash has left half of one that others can read", async () => {
    writeFileSync(`${path}.tmp`, "half", { mode: 0o644 });
    writeFileSync(path, "older", { mode: 0o644 });
    await writeWhole(path, "new", ownerOnly);
    expect([readFileSync(path, "utf8"), rights()]).toEqual(["new", 0o600]);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  it("leaves what was there where it cannot be written", async () => {
    writeFileSync(path, "older");
    const torn = (async function* () {
      yield "half";
      throw new Error("the source ends");
    })();
    await expect(writeWhole(path, torn)).rejects.toThrow("the source ends");
    expect(readFileSync(path, "utf8")).toBe("older");
    await expect(writeWhole(join(folder, "nowhere", "file"), "x")).rejects.toThrow(Failure);
  });
});

describe("a file written once", () => {
  it("is made by one of many, whole, for its owner alone, and never again", async () => {
    const texts = Array.from({ length: 8 }, (_, n) => `text ${n}`);
    const made = await Promise.all(texts.map((text) => writeOnce(path, text, ownerOnly)));
    expect(made.filter((each) => each)).toHaveLength(1);
    expect(readFileSync(path, "utf8")).toBe(texts[made.indexOf(true)]);
    expect(rights()).toBe(0o600);
    expect(await writeOnce(path, "later", ownerOnly)).toBe(false);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  it("does not take the place of a link, wherever that leads", async () => {
    symlinkSync(join(folder, "elsewhere"), path);
    expect(await writeOnce(path, "text", ownerOnly)).toBe(false);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  it("is a fault where there is no folder for it", async () => {
    await expect(writeOnce(join(folder, "nowhere", "file"), "x", ownerOnly)).rejects.toThrow(Failure);
  });
});

describe("a file that may be there", () => {
  it("is read, or is none; what cannot be read is a fault", async () => {
    expect(await readIfThere(path)).toBeUndefined();
    writeFileSync(path, "text");
    expect(await readIfThere(path)).toBe("text");
    await expect(readIfThere(folder)).rejects.toMatchObject({ code: "EISDIR" });
  });
});
