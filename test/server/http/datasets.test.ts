/** Dataset versions over HTTP: what there is, whole or in parts, and nothing beside it. */
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { sharedTestServer } from "./support.ts";

const server = sharedTestServer();
const fixture = join(import.meta.dirname, "..", "..", "fixtures", "datasets", "tiny");
const folder = () => join(server().dataDir, "datasets", "tiny");
const trainPath = "/v1/datasets/tiny/v1/files/data/train.jsonl";

let train: string;

beforeAll(async () => {
  await mkdir(folder(), { recursive: true });
  await cp(fixture, join(folder(), "v1"), { recursive: true });
  train = await readFile(join(fixture, "data", "train.jsonl"), "utf8");
});

const get = (path: string, headers: Record<string, string> = {}) =>
  server().send({ path, headers, token: server().admin });

describe("dataset versions", () => {
  it("are listed with their versions and the newest one's splits", async () => {
    const { status, body } = await get("/v1/datasets");
    expect(status).toBe(200);
    expect(body.datasets).toEqual([
      { name: "tiny", versions: [{ version: "v1" }], splits: { train: expect.any(Number), eval: 1, test: 1 } },
    ]);
  });

  it("are shown with manifest, card and files", async () => {
    const { status, body } = await get("/v1/datasets/tiny/v1");
    expect(status).toBe(200);
    expect(body.manifest.dataset).toBe("tiny");
    expect(body.manifest).not.toHaveProperty("examples");
    expect(body.card).toBe(await readFile(join(fixture, "README.md"), "utf8"));
    expect(body.files).toContainEqual({ path: "data/train.jsonl", bytes: Buffer.byteLength(train) });
  });

  it("are unknown where there is no such name or version", async () => {
    for (const path of ["/v1/datasets/none/v1", "/v1/datasets/tiny/v2", "/v1/datasets/none/v1/files/README.md"]) {
      expect([path, (await get(path)).body.code]).toEqual([path, "unknown-dataset"]);
    }
    expect((await get("/v1/datasets/..%2Ftiny/v1")).status).toBe(422);
  });

  it("are for admins", async () => {
    const { secret } = await server().token("reviewer");
    expect((await server().send({ path: trainPath, token: secret })).status).toBe(403);
  });
});

describe("a file of a version", () => {
  it("comes whole, under its hash, and is in the audit log", async () => {
    const { status, headers, text } = await get(trainPath);
    expect([status, text]).toEqual([200, train]);
    expect(headers["content-type"]).toBe("application/x-ndjson");
    expect(headers.etag).toBe(`"${createHash("sha256").update(train).digest("hex")}"`);
    expect(headers["content-disposition"]).toBe('attachment; filename="tiny-v1-data-train.jsonl"');
    const { body } = await get("/v1/audit?limit=1");
    expect(body.entries[0]).toMatchObject({
      act: "dataset.download",
      subject: "tiny/v1",
      details: { file: "data/train.jsonl", bytes: Buffer.byteLength(train) },
    });
  });

  it.each([
    ["bytes=0-9", 206, (text: string) => text.slice(0, 10), (n: number) => `bytes 0-9/${n}`],
    ["bytes=5-", 206, (text: string) => text.slice(5), (n: number) => `bytes 5-${n - 1}/${n}`],
    ["bytes=-7", 206, (text: string) => text.slice(-7), (n: number) => `bytes ${n - 7}-${n - 1}/${n}`],
    ["bytes=0-99999999", 206, (text: string) => text, (n: number) => `bytes 0-${n - 1}/${n}`],
    // What is no single range is answered as if none had been asked for.
    ["bytes=9-3", 200, (text: string) => text, () => undefined],
    ["bytes=0-1,4-5", 200, (text: string) => text, () => undefined],
    ["lines=0-1", 200, (text: string) => text, () => undefined],
  ])("in the range %s is answered with %i", async (range, status, part, contentRange) => {
    const answered = await get(trainPath, { range });
    expect([answered.status, answered.text]).toEqual([status, part(train)]);
    expect(answered.headers["content-range"]).toBe(contentRange(train.length));
    expect(answered.headers["content-length"]).toBe(String(part(train).length));
  });

  it("has no range behind its end, and says how long it is", async () => {
    const { status, headers, body } = await get(trainPath, { range: `bytes=${train.length}-` });
    expect([status, body.code, headers["content-range"]]).toEqual([416, "range", `bytes */${train.length}`]);
  });

  it("is not sent again to who has it, nor in parts to who has another", async () => {
    const { etag = "" } = (await get(trainPath)).headers;
    const again = await get(trainPath, { "if-none-match": `"other", ${etag}` });
    expect([again.status, again.text]).toEqual([304, ""]);
    expect((await get(trainPath, { range: "bytes=0-9", "if-range": '"other"' })).status).toBe(200);
    expect((await get(trainPath, { range: "bytes=0-9", "if-range": etag })).status).toBe(206);
  });

  it("is told of without being sent, and without an entry in the audit log", async () => {
    const entries = async () => (await get("/v1/audit?limit=1")).body.entries[0].number;
    const before = await entries();
    const { status, headers, text } = await server().send({ method: "HEAD", path: trainPath, token: server().admin });
    expect([status, text, headers["content-length"]]).toEqual([200, "", String(train.length)]);
    expect(await entries()).toBe(before);
  });

  it.each([
    "../../../admin-token",
    "..%2F..%2F..%2Fadmin-token",
    "data/..%2F..%2F..%2Fadmin-token",
    "%2E%2E/%2E%2E/admin-token",
    "..%5C..%5Cadmin-token",
    "/etc/passwd",
    "%2Fetc%2Fpasswd",
    "data",
    "data/",
    "data/train.jsonl%00",
    "DATA/train.jsonl",
    "manifest.json/",
  ])("is none of the manifest's at %s", async (path) => {
    const { status, text } = await get(`/v1/datasets/tiny/v1/files/${path}`);
    expect([404, 422]).toContain(status);
    expect(text).not.toContain(server().admin);
  });

  it("is not followed where it is a link, and not sent where it is not what was written", async () => {
    const path = join(folder(), "v1", "data", "train.jsonl");
    try {
      await rm(path);
      await symlink(join(server().dataDir, "admin-token"), path);
      const linked = await get(trainPath);
      expect([linked.status, linked.text.includes(server().admin)]).toEqual([404, false]);
      await rm(path);
      await writeFile(path, `${train}more`);
      expect((await get(trainPath)).body.code).toBe("dataset-damaged");
    } finally {
      await rm(path, { force: true });
      await writeFile(path, train);
    }
  });

  it("is nobody's any more once rows of its version were taken back", async () => {
    const marker = join(folder(), "v1.superseded.json");
    const taken = { schema: 1, deletions: ["one"], examples: ["a".repeat(64)] };
    try {
      await writeFile(marker, JSON.stringify(taken));
      const { status, body } = await get(trainPath);
      expect([status, body.code]).toEqual([410, "superseded"]);
      expect((await get("/v1/datasets/tiny/v1")).body.superseded).toEqual({ examples: 1 });
      await writeFile(marker, JSON.stringify({ ...taken, rebuilt: { as: "v2", rows: 3 } }));
      expect((await get(trainPath)).body.detail).toContain("v2 is without them.");
      // Nobody can tell what was taken back.
      await writeFile(marker, "not JSON");
      expect((await get(trainPath)).status).toBe(410);
      expect((await get("/v1/datasets")).status).toBe(200);
    } finally {
      await rm(marker, { force: true });
    }
  });
});

describe("a manifest that cannot be read", () => {
  it("hides no other dataset, and says what to do", async () => {
    const broken = join(server().dataDir, "datasets", "broken", "v1");
    try {
      await mkdir(broken, { recursive: true });
      await writeFile(join(broken, "manifest.json"), "{");
      expect((await get("/v1/datasets")).body.datasets.map(({ name }: { name: string }) => name)).toEqual([
        "broken",
        "tiny",
      ]);
      const { status, body } = await get("/v1/datasets/broken/v1");
      expect([status, body.code]).toEqual([409, "dataset-damaged"]);
    } finally {
      await rm(join(server().dataDir, "datasets", "broken"), { recursive: true });
    }
  });
});
