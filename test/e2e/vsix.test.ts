/** The extension as a person installs it: small, whole, and with nothing of the server. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const maxBundleBytes = 1_000_000;

interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  read(): string;
}

/** As the central directory lists them (PKWARE's APPNOTE, 4.3.12); for archives below 4 GB. */
function zipEntries(zip: Buffer): ZipEntry[] {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const count = zip.readUInt16LE(end + 10);
  const entries: ZipEntry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const [method, packed, bytes] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)];
    const [nameLength, local] = [zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(start, start + packed);
    entries.push({ name, bytes, read: () => (method === 0 ? content : inflateRawSync(content)).toString("utf8") });
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

describe("the .vsix", () => {
  let folder = "";
  let entries: ZipEntry[] = [];
  const read = (name: string) => entries.find((entry) => entry.name === `extension/${name}`)?.read() ?? "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stillpoint-vsix-"));
    const { status, stderr } = spawnSync(process.execPath, [resolve("scripts/package.mjs"), folder], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [file = ""] = readdirSync(folder);
    expect(file).toMatch(/^stillpoint-\d+\.\d+\.\d+\.vsix$/u);
    entries = zipEntries(readFileSync(join(folder, file)));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds the two bundles, and nothing of the server", () => {
    const code = entries
      .map(({ name }) => name)
      .filter((name) => /\.[cm]?[jt]s$|node_modules|tasks\/|\.map$/u.test(name));
    expect(code.sort()).toEqual(["extension/dist/capture.cjs", "extension/dist/extension.cjs"]);
  });

  it("has bundles of less than 1 MB together", () => {
    const bundles = entries.filter(({ name }) => name.endsWith(".cjs"));
    expect(bundles.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(maxBundleBytes);
  });

  it("has everything that its manifest names", () => {
    const manifest = JSON.parse(read("package.json")) as Record<string, unknown>;
    const named = JSON.stringify(manifest).match(/(?:\.\/dist|media)\/[\w./-]+/gu) ?? [];
    expect(named.length).toBeGreaterThan(4);
    const names = entries.map(({ name }) => name);
    for (const path of named) expect(names).toContain(`extension/${path.replace(/^\.\//u, "")}`);
    for (const own of ["type", "private", "bin", "scripts", "dependencies"]) expect(manifest).not.toHaveProperty(own);
    expect(names).toContain("extension/l10n/bundle.l10n.zh-cn.json");
  });

  it("has a page of its own, for contributors", () => {
    expect(read("readme.md")).toContain("Nothing is collected until you switch it on");
  });

  it("needs nothing but VS Code and Node", () => {
    for (const bundle of ["dist/extension.cjs", "dist/capture.cjs"]) {
      const needed = new Set([...read(bundle).matchAll(/\brequire\("([^"]+)"\)/gu)].map(([, name]) => name));
      needed.delete("./capture.cjs");
      for (const name of needed) expect(name).toMatch(/^(?:vscode$|node:)/u);
    }
  });
});
