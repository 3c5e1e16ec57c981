/**
 * JSON bodies, read with bounds: on bytes as sent, on bytes unpacked, and on depth. What is wrong is said without a
 * word of what was sent.
 */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { findJsonFault } from "../jsonl/json-fault.ts";
import { Problem } from "./problem.ts";

/** As sent: `POST /v1/events` promises 1 MB. */
export const maxBodyBytes = 1_048_576;
/** Once unpacked. */
export const maxUnpackedBytes = 8 * 1_048_576;
/** Brackets open at once. A record nests 8 deep; what recurses over a body must not run out of stack. */
export const maxJsonDepth = 64;
/** Of a body that is refused, how much is still taken off the wire so that the client gets to read why. */
const maxDiscardedBytes = 16 * 1_048_576;

const unzip = promisify(gunzip);

/** RFC 9112, section 6.3: a request has a body if either header says so. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
}

/** @throws Problem for a body that is too large, packed in another way than gzip, no UTF-8, no JSON or too deep */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  return parse(decode(await unpack(await readBytes(request), encodingOf(request))));
}

type Encoding = "identity" | "gzip";

function encodingOf(request: IncomingMessage): Encoding {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity") return "identity";
  if (encoding === "gzip" || encoding === "x-gzip") return "gzip";
  throw new Problem({
    status: 415,
    code: "content-encoding",
    detail: "A body is sent as it is or packed by gzip; no other Content-Encoding is taken.",
    headers: { "accept-encoding": "gzip, identity" },
  });
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) throw tooLarge();
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (end: () => void): void => {
      request.off("data", take).off("end", finish).off("error", fail).off("close", leave);
      end();
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBodyBytes) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const finish = (): void => settle(() => resolve(Buffer.concat(chunks, length)));
    const fail = (): void => settle(() => reject(new ClientGone()));
    const leave = fail;
    request.on("data", take).on("end", finish).on("error", fail).on("close", leave);
  });
}

/** The connection ended before the request did: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

function tooLarge(): Problem {
  return new Problem({
    status: 413,
    code: "body-too-large",
    detail: `A body has at most ${maxBodyBytes.toLocaleString("en-US")} bytes as sent. Send less at once, or pack it by gzip.`,
  });
}

async function unpack(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === "identity") return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: maxUnpackedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new Problem({
        status: 413,
        code: "body-too-large",
        detail: `A body has at most ${maxUnpackedBytes.toLocaleString("en-US")} bytes once unpacked. Send less at once.`,
      });
    }
    throw new Problem({
      status: 400,
      code: "gzip",
      detail: "The body is said to be packed by gzip, and is not, or not whole.",
    });
  }
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Problem({ status: 400, code: "utf-8", detail: "The body is not valid UTF-8." });
  if (depthOf(bytes) > maxJsonDepth) {
    throw new Problem({
      status: 400,
      code: "json-too-deep",
      detail: `The body nests more than ${maxJsonDepth} levels of objects and arrays.`,
    });
  }
  return bytes.toString("utf8");
}

const quote = 0x22;
const backslash = 0x5c;

/** Brackets open at once at most, those in strings apart. Looks no further than the first level too many. */
function depthOf(json: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length && deepest <= maxJsonDepth; at++) {
    const byte = json[at];
    if (byte === quote) at = endOfString(json, at);
    // [ and {, ] and } differ in one bit from each other.
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return deepest;
}

/** @returns the offset of the closing quote, or of the last byte where there is none */
function endOfString(json: Buffer, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf(quote, at);
    if (at === -1) return json.length - 1;
    let escapes = 0;
    while (json[at - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return at;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message may quote the body.
    const fault = findJsonFault(text);
    const where = fault === undefined ? "" : ` At character ${fault.offset + 1}, ${fault.problem}.`;
    throw new Problem({ status: 400, code: "json", detail: `The body is not valid JSON.${where}` });
  }
}

/** Takes what is left of a refused request off the wire, up to a bound; then the connection is cut. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = maxDiscardedBytes;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.on("error", () => undefined);
}
