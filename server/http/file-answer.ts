/**
 * Answers with a file: whole, in a part (RFC 9110, section 14), or not at all to who has it already (section 13). A file
 * that changes meanwhile is not what a part of it was asked for.
 */
import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Request } from "express";
import type { Reply } from "./define-route.ts";
import { hasAlready } from "./entity-tags.ts";
import { Problem } from "./problem.ts";

export interface FileToSend {
  /** Closed by the answer; by the caller where there is none. */
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly contentType: string;
  /** What the client saves it as. */
  readonly name: string;
  /** Of the content; undefined where nobody knows it. */
  readonly sha256: string | undefined;
}

/** First and last byte, inclusive. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * @param onSend called before the first byte is sent, with how many come
 * @throws Problem 416
 */
export async function fileReply(
  file: FileToSend,
  headers: Request["headers"],
  onSend: (bytes: number) => Promise<void>,
): Promise<Reply<undefined>> {
  const { handle, bytes, contentType, name, sha256 } = file;
  const etag = sha256 === undefined ? undefined : `"${sha256}"`;
  const known = { "accept-ranges": "bytes", ...(etag !== undefined && { etag }) };
  if (etag !== undefined && hasAlready(headers["if-none-match"], etag)) {
    await handle.close();
    return { status: 304, headers: known };
  }
  const range = partOf(headers, bytes, etag);
  const length = range === undefined ? bytes : range.end - range.start + 1;
  return {
    ...(range !== undefined && { status: 206 }),
    headers: {
      ...known,
      "content-type": contentType,
      "content-length": String(length),
      "content-disposition": `attachment; filename="${name}"`,
      ...(range !== undefined && { "content-range": `bytes ${range.start}-${range.end}/${bytes}` }),
    },
    send: async (response, signal) => {
      try {
        if (response.req.method === "HEAD") return;
        await onSend(length);
        if (length === 0) return;
        await pipeline(handle.createReadStream({ ...range, autoClose: false }), response, { signal });
      } catch (error) {
        // Nobody is there to send the rest to.
        if (!signal.aborted) throw error;
      } finally {
        await handle.close();
      }
    },
  };
}

/** Undefined for all of it, which also answers what cannot be read as one range. @throws Problem 416 */
function partOf(headers: Request["headers"], bytes: number, etag: string | undefined): ByteRange | undefined {
  const { range, "if-range": ifRange } = headers;
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/u.exec(range?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (ifRange !== undefined && ifRange !== etag) return undefined;
  const start = first === "" ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  // From behind to before is no range, and so as if none were asked for.
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start <= end) return { start, end };
  throw new Problem({
    status: 416,
    code: "range",
    detail: `The file has ${bytes} bytes; the range lies behind them.`,
    headers: { "content-range": `bytes */${bytes}` },
  });
}
