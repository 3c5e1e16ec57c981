/** `stillpoint receipt`: what it says of a receipt that is good, and of every way in which one is not. */
import { createPublicKey } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import { openServerKey } from "../../../server/deletion/server-key.ts";
import type { Receipt, SignedReceipt } from "../../../shared/wire/deletion.ts";
import { fakeProcess } from "./harness.ts";

const receipt: Receipt = {
  schema: 1,
  id: "0123456789abcdef".repeat(2),
  contributor: "contributor-0123456789abcdef",
  by: "contributor",
  requestedAt: "2026-01-31T09:05:00.123Z",
  completedAt: "2026-01-31T09:06:00.123Z",
  refusesBefore: "2026-01-31T09:05:00.123Z",
  deleted: { "events.snapshot.settled": 1_200, names: 1 },
  datasets: [{ dataset: "team", version: "v3", rows: 12 }],
  backups: [{ name: "events-2026-01-30.db", at: "2026-01-30T00:00:00.000Z" }],
  notes: ["What was already trained cannot be untrained."],
};

let folder: string;
let signed: SignedReceipt;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-receipt-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const key = await openServerKey(folder, (length) => Buffer.alloc(length, 7));
  signed = key.sign(receipt);
  await write("receipt.json", JSON.stringify(signed, null, 2));
});

function write(name: string, text: string): Promise<void> {
  return writeFile(join(folder, name), text);
}

async function stillpoint(...args: string[]) {
  const process = fakeProcess({ cwd: folder });
  const exitCode = await runProgram(args, process);
  return { exitCode, out: process.out(), err: process.err() };
}

function keyOf({ signature }: SignedReceipt): string {
  return signature.publicKey;
}

describe("a receipt as it was signed", () => {
  it("is said to be so, with what it says, by the server's own key", async () => {
    const { exitCode, out } = await stillpoint("--data", ".", "receipt", "verify", "receipt.json");
    expect(exitCode).toBe(0);
    expect(out).toBe(
      [
        `receipt.json is as it was signed, by the key ${keyOf(signed)}.`,
        "That is the server's key.",
        "It says that on 2026-01-31 09:06 UTC all of contributor-0123456789abcdef was deleted: 1,201 items.",
        "Superseded are team/v3.",
        "The backup events-2026-01-30.db of 2026-01-30 00:00 still held the data then.",
        "What was already trained cannot be untrained.",
        "",
      ].join("\n"),
    );
  });

  it("is held against a key that is given: itself, in a file, or as PEM", async () => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: keyOf(signed) };
    await write("key.pub", `${keyOf(signed)}\n`);
    await write(
      "key.pem",
      String(createPublicKey({ format: "jwk", key: jwk }).export({ format: "pem", type: "spki" })),
    );
    for (const key of [keyOf(signed), "key.pub", "key.pem"]) {
      const { exitCode, out } = await stillpoint("receipt", "verify", "receipt.json", "--key", key);
      expect(exitCode, key).toBe(0);
      expect(out).toContain("That is the server's key.");
    }
  });

  it("is not said to be anybody's where there is nothing to compare its key with", async () => {
    const { exitCode, out } = await stillpoint("--data", "elsewhere", "receipt", "verify", "receipt.json");
    expect(exitCode).toBe(0);
    expect(out).toContain("Whose key that is this machine cannot tell");
  });

  it("can be in another order and spacing: it is the values that are signed", async () => {
    const { contributor, ...rest } = receipt;
    await write("again.json", JSON.stringify({ signature: signed.signature, receipt: { ...rest, contributor } }));
    expect((await stillpoint("--data", ".", "receipt", "verify", "again.json")).exitCode).toBe(0);
  });
});

describe("a receipt that is not", () => {
  it("is told from one that is, whatever was changed", async () => {
    const changes: Partial<Receipt>[] = [
      { contributor: "contributor-0000000000000000" },
      { deleted: { ...receipt.deleted, names: 2 } },
      { datasets: [] },
      { completedAt: "2026-01-31T09:06:00.124Z" },
    ];
    for (const change of changes) {
      await write("changed.json", JSON.stringify({ ...signed, receipt: { ...receipt, ...change } }));
      const { exitCode, err, out } = await stillpoint("--data", ".", "receipt", "verify", "changed.json");
      expect(exitCode).toBe(1);
      expect(err).toContain("changed.json is not what was signed: it was changed since, or its signature was.");
      expect(out).toBe("");
    }
  });

  it("may be well signed, and by somebody else", async () => {
    const other = await openServerKey(await mkdtemp(join(folder, "other-")), (length) => Buffer.alloc(length, 8));
    await write("other.json", JSON.stringify(other.sign(receipt)));
    const own = await stillpoint("--data", ".", "receipt", "verify", "other.json");
    expect(own.exitCode).toBe(1);
    expect(own.err).toContain("other.json was not signed by the server of .");
    const given = await stillpoint("receipt", "verify", "receipt.json", "--key", other.publicKey);
    expect(given.err).toContain("was not signed by the holder of that key");
  });

  it.each([
    ["{", /no receipt: it is not JSON/u],
    ["{}", /no receipt: receipt /u],
  ])("is said to be none: %s", async (text, sentence) => {
    await write("none.json", text);
    const { exitCode, err } = await stillpoint("receipt", "verify", "none.json");
    expect(exitCode).toBe(1);
    expect(err).toMatch(sentence);
  });

  it("cannot be verified where it, or the key, is not there", async () => {
    expect((await stillpoint("receipt", "verify", "missing.json")).err).toContain("cannot read missing.json");
    const { exitCode, err } = await stillpoint("receipt", "verify", "receipt.json", "--key", "receipt.json");
    expect(exitCode).toBe(2);
    expect(err).toContain("receipt.json holds no public key of Ed25519.");
  });
});

describe("the server's key", () => {
  it("is printed, its public part alone, and readable by its owner alone", async () => {
    const { exitCode, out } = await stillpoint("--data", ".", "receipt", "key");
    expect(exitCode).toBe(0);
    expect(out).toBe(`${keyOf(signed)}\n`);
    const { stat } = await import("node:fs/promises");
    expect((await stat(join(folder, "server-key"))).mode & 0o777).toBe(0o600);
  });

  it("stays the same once it is made, and a spoilt one is never replaced in silence", async () => {
    const again = await openServerKey(folder, (length) => Buffer.alloc(length, 9));
    expect(again.publicKey).toBe(keyOf(signed));
    await write("server-key", "spoilt");
    await expect(openServerKey(folder, (length) => Buffer.alloc(length, 9))).rejects.toThrow(/holds no Ed25519 key/u);
    const { exitCode, err } = await stillpoint("--data", "elsewhere", "receipt", "key");
    expect(exitCode).toBe(1);
    expect(err).toContain("holds no server-key");
  });
});
