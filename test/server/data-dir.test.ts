import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureDataDir } from "../../server/data-dir.ts";
import { ConfigurationError } from "../../server/errors.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-data-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the data folder", () => {
  it("is made with a .gitignore of everything, and one that is there stays as it is", () => {
    const data = join(folder, "deep", "data");
    ensureDataDir(data);
    expect(readFileSync(join(data, ".gitignore"), "utf8")).toBe("*\n");
    writeFileSync(join(data, ".gitignore"), "mine\n");
    ensureDataDir(data);
    expect(readFileSync(join(data, ".gitignore"), "utf8")).toBe("mine\n");
  });

  it("cannot be a file, nor lie in one, which is a wrong argument", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const data of [file, join(file, "data")]) {
      expect(() => ensureDataDir(data)).toThrow(ConfigurationError);
      expect(() => ensureDataDir(data)).toThrow("cannot hold data: it is no folder.");
    }
  });

  // In a program of its own, since what never returns no test could end.
  it.runIf(process.platform === "linux")("is said to be impossible where there can be no folders", () => {
    const program = `import { ensureDataDir } from ${JSON.stringify(new URL("../../server/data-dir.ts", import.meta.url).href)};
      try { ensureDataDir("/proc/stillpoint/data"); } catch (error) { console.log(error.message); }`;
    const ran = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      timeout: 10_000,
      killSignal: "SIGKILL",
    });
    expect(ran.stdout).toBe("/proc/stillpoint cannot be made: /proc takes no folders. Name another one.\n");
  });
});
