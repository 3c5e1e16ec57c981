/** Dataset versions: listed, looked at and downloaded by admins. Every download is in the audit log. */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import {
  datasetFile,
  datasetList,
  datasetName,
  datasetVersionName,
  supersededVersion,
} from "../../../shared/wire/datasets.ts";
import type { ManifestHead } from "../../datasets/manifest.ts";
import {
  CARD_FILE,
  MANIFEST_FILE,
  ManifestFault,
  manifestHead,
  RUN_FILE,
  readManifestHead,
} from "../../datasets/manifest.ts";
import type { Superseded } from "../../datasets/superseded.ts";
import { readSuperseded } from "../../datasets/superseded.ts";
import { datasetFolder, listDatasets, listVersions, versionFolder } from "../../datasets/versions.ts";
import { Failure } from "../../errors.ts";
import { isSystemError } from "../../jsonl/faults.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { fileReply } from "../file-answer.ts";
import { Problem } from "../problem.ts";

const versionParams = z.strictObject({ name: datasetName, version: datasetVersionName });

const version = z.strictObject({
  name: datasetName,
  version: datasetVersionName,
  superseded: z.optional(supersededVersion),
  /** The manifest without its list of examples, which is in the file. */
  manifest: manifestHead,
  /** The dataset card, in Markdown; absent where it is gone. */
  card: z.optional(z.string()),
  files: z.array(datasetFile),
});

const notThere = "There is no such dataset or version.";

export function datasetRoutes(context: HttpContext): Route[] {
  const { store, dataDir } = context;

  /** @throws Problem 404, 409 */
  async function find({ name, version: written }: { readonly name: string; readonly version: string }) {
    const number = Number(written.slice(1));
    const of = datasetFolder(dataDir, name);
    if (!(await listVersions(of)).includes(number)) {
      throw new Problem({ status: 404, code: "unknown-dataset", detail: notThere });
    }
    const folder = versionFolder(of, number);
    return { folder, superseded: await supersededBy(of, number), head: await readHead(folder) };
  }

  return [
    defineRoute({
      method: "get",
      path: "/v1/datasets",
      role: "admin",
      summary: "All datasets and their versions.",
      response: { description: "In the order of their names.", body: datasetList },
      handler: async () => {
        const datasets: z.infer<typeof datasetList>["datasets"] = [];
        for (const name of await listDatasets(dataDir)) datasets.push(await listed(dataDir, name));
        return { body: { datasets } };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/datasets/:name/:version",
      role: "admin",
      summary: "One version: its manifest, its card and its files.",
      request: { params: versionParams },
      response: { description: "The version.", body: version },
      problems: { 404: notThere, 409: "Its manifest is damaged." },
      handler: async ({ params }) => {
        const { folder, superseded, head } = await find(params);
        const card = await textIfThere(join(folder, CARD_FILE));
        const files = head.files.map(({ path, bytes }) => ({ path, bytes }));
        return {
          body: {
            ...params,
            ...(superseded && { superseded }),
            manifest: head,
            ...(card !== undefined && { card }),
            files,
          },
        };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/datasets/:name/:version/files/*path",
      role: "admin",
      summary: "Download a file of a version.",
      description:
        "One that its manifest lists, or manifest.json, or run.json; path may hold slashes. Ranges and conditional " +
        "requests are answered as RFC 9110 says. Each download is in the audit log.",
      request: { params: z.strictObject({ ...versionParams.def.shape, path: z.array(z.string()) }) },
      response: {
        description: "The file, or the part that was asked for (206).",
        contentType: "application/octet-stream",
      },
      problems: {
        206: "The part that was asked for.",
        304: "The client has it already.",
        404: "There is no such dataset, version or file.",
        409: "The file is not what the manifest says.",
        410: "The version is superseded: rows of it were taken back.",
        416: "The range lies behind the end of the file.",
      },
      handler: async ({ params, headers, caller }) => {
        const { folder, superseded, head } = await find(params);
        const path = params.path.join("/");
        const listedFile = head.files.find((file) => file.path === path);
        if (listedFile === undefined && path !== MANIFEST_FILE && path !== RUN_FILE) throw unknownFile();
        if (superseded) throw gone(superseded);
        const { name, version: of } = params;
        const handle = await openFile(join(folder, path));
        try {
          const { size: bytes } = await handle.stat();
          if (listedFile !== undefined && listedFile.bytes !== bytes) throw damaged(`${name}/${of}`);
          const file = {
            handle,
            bytes,
            contentType: contentTypeOf(path),
            name: `${name}-${of}-${path.replace(/[^\w.-]/gu, "-")}`,
            sha256: listedFile?.sha256,
          };
          return await fileReply(file, headers, async (sent) => {
            const details = { file: path, bytes: sent };
            await store.audit.record({
              ...actorOf(context, caller),
              act: "dataset.download",
              subject: `${name}/${of}`,
              details,
            });
          });
        } catch (error) {
          await handle.close();
          throw error;
        }
      },
    }),
  ];
}

async function listed(dataDir: string, name: string) {
  const folder = datasetFolder(dataDir, name);
  const numbers = await listVersions(folder);
  const versions = await Promise.all(
    numbers.map(async (number) => {
      const superseded = await supersededBy(folder, number);
      return { version: `v${number}`, ...(superseded && { superseded }) };
    }),
  );
  const newest = numbers.at(-1);
  if (newest === undefined) return { name, versions };
  try {
    const { counts } = await readManifestHead(join(versionFolder(folder, newest), MANIFEST_FILE));
    return { name, versions, splits: counts.splits };
  } catch (error) {
    // One that cannot be read hides no other.
    if (error instanceof ManifestFault || isSystemError(error)) return { name, versions };
    throw error;
  }
}

async function supersededBy(folder: string, number: number) {
  let marker: Superseded | undefined;
  try {
    marker = await readSuperseded(folder, number);
  } catch (error) {
    // Nobody knows what was taken back: then all of it is left alone.
    if (error instanceof Failure) return { examples: 0 };
    throw error;
  }
  if (marker === undefined) return undefined;
  return { examples: marker.examples.length, ...(marker.rebuilt && { by: marker.rebuilt.as }) };
}

async function readHead(folder: string): Promise<ManifestHead> {
  try {
    return await readManifestHead(join(folder, MANIFEST_FILE));
  } catch (error) {
    if (error instanceof ManifestFault || (isSystemError(error) && error.code === "ENOENT")) throw damaged("It");
    throw error;
  }
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A link would lead out of the version. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (isSystemError(error) && ["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code ?? "")) throw unknownFile();
    throw error;
  }
}

function contentTypeOf(path: string): string {
  if (path.endsWith(".jsonl")) return "application/x-ndjson";
  if (path.endsWith(".json")) return "application/json";
  return path.endsWith(".md") ? "text/markdown; charset=utf-8" : "application/octet-stream";
}

function unknownFile(): Problem {
  return new Problem({
    status: 404,
    code: "unknown-file",
    detail: "The version has no such file; its manifest lists those that it has.",
  });
}

function damaged(name: string): Problem {
  return new Problem({
    status: 409,
    code: "dataset-damaged",
    detail: `${name} is not as it was written; stillpoint datasets verify says what is wrong.`,
  });
}

function gone({ by }: z.infer<typeof supersededVersion>): Problem {
  const instead = typeof by === "string" ? ` ${by} is without them.` : "";
  return new Problem({
    status: 410,
    code: "superseded",
    detail: `Rows of this version were taken back by those whose they are.${instead}`,
  });
}
