/**
 * Reads examples from a file or a pipe, one JSON object a line, with bounded memory. A line that is no example is
 * told of, copied away and left out; it never ends the reading unless that was asked for.
 */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import type { Example } from "../../shared/records/example.ts";
import { example as exampleSchema } from "../../shared/records/example.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import { readFault } from "./faults.ts";
import { IdSet } from "./id-set.ts";
import { findJsonFault } from "./json-fault.ts";
import { maxLineBytes, splitLines } from "./lines.ts";
import { readChunks } from "./read-chunks.ts";
import type { RejectedLines, Rejection } from "./rejected.ts";
import { rejectionSentence } from "./rejected.ts";
import { spool } from "./spool.ts";

const bytesPerMegabyte = 1024 * 1024;

export interface ReadOptions {
  /** The file as an absolute path, or a stream that can be read once. */
  readonly from: { readonly path: string } | { readonly stream: AsyncIterable<Uint8Array> };
  /** What to call it in sentences: the path as the person wrote it, or `standard input`. */
  readonly name: string;
  /** Takes the bad lines of the first reading. A second one leaves the same lines out and says nothing. */
  readonly rejected: RejectedLines;
  /** Stop at the first bad line. */
  readonly strict?: boolean;
  /** Folder for a copy, where a stream has to be read twice; `prepare` is called before it is made. */
  readonly twice?: { readonly spoolDir: string; readonly prepare?: () => void };
  readonly signal: AbortSignal;
}

/**
 * @throws ConfigurationError where there is no such file, or it is a folder, or it may not be read, or its bad lines
 * would be copied over itself
 */
export async function openExamples(options: ReadOptions): Promise<ExampleSource> {
  if ("stream" in options.from) {
    if (options.twice === undefined) return new ExampleSource(options, { stream: options.from.stream });
    options.twice.prepare?.();
    const copy = await spool(options.from.stream, options.twice.spoolDir, options.signal);
    return new ExampleSource(options, { handle: await open(copy.path, "r"), size: copy.bytes }, copy.remove);
  }
  const { path } = options.from;
  // Somebody has mended the bad lines of an earlier reading where they lay.
  if (path === options.rejected.path) {
    throw new ConfigurationError(
      `cannot read ${options.name}: bad lines would be copied over it; give it another name.`,
    );
  }
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw readFault(error, options.name);
  }
  const stat = await handle.stat();
  if (stat.isFile()) return new ExampleSource(options, { handle, size: stat.size });
  if (stat.isDirectory()) {
    await handle.close();
    throw new ConfigurationError(`cannot read ${options.name}: it is a folder; name a JSONL file.`);
  }
  // A FIFO or a device can be read once, like standard input. It stays open: a writer that saw its reader go would end.
  return openExamples({ ...options, from: { stream: handle.createReadStream() } });
}

type Bytes =
  | { readonly handle: FileHandle; readonly size: number }
  | { readonly stream: AsyncIterable<Uint8Array>; used?: boolean };

/** An open file or pipe of examples. Each iteration starts at the first line; a pipe has only one. */
export class ExampleSource implements AsyncIterable<Example> {
  readonly name: string;
  /** Good lines of the first reading, so far. */
  read = 0;
  readonly #options: ReadOptions;
  readonly #bytes: Bytes;
  readonly #release: () => Promise<void>;
  #told = false;
  #bytesRead = 0;

  constructor(options: ReadOptions, bytes: Bytes, release: () => Promise<void> = async () => undefined) {
    this.name = options.name;
    this.#options = options;
    this.#bytes = bytes;
    this.#release = release;
  }

  get rejected(): number {
    return this.#options.rejected.count;
  }

  /** How much of the first reading is done, from 0 to 1; undefined for a pipe. */
  get progress(): number | undefined {
    return "handle" in this.#bytes && this.#bytes.size > 0 ? this.#bytesRead / this.#bytes.size : undefined;
  }

  /** SHA-256 of all bytes; undefined for a pipe. Reads the file once. */
  async sha256(): Promise<string | undefined> {
    if (!("handle" in this.#bytes)) return undefined;
    const hash = createHash("sha256");
    for await (const chunk of this.#chunks()) {
      this.#options.signal.throwIfAborted();
      hash.update(chunk);
    }
    return hash.digest("hex");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Example, void, undefined> {
    const first = !this.#told;
    this.#told = true;
    if (first) await this.#options.rejected.begin();
    const ids = new IdSet();
    for await (const part of splitLines(this.#chunks())) {
      this.#options.signal.throwIfAborted();
      if (part.kind === "overlong") {
        if (first) await this.#overlong(part);
        continue;
      }
      if (first) this.#bytesRead = part.end;
      if (isBlank(part.bytes)) continue;
      const line = readLine(part.bytes, part.number, ids);
      if ("example" in line) {
        if (first) this.read++;
        yield line.example;
      } else if (first) {
        await this.#reject(line, part.bytes);
      }
    }
    if (first) await this.#options.rejected.close();
  }

  async close(): Promise<void> {
    if ("handle" in this.#bytes) await this.#bytes.handle.close();
    await this.#options.rejected.close();
    await this.#release();
  }

  async #reject(rejection: Rejection, bytes: Buffer): Promise<void> {
    this.#options.rejected.reject(rejection);
    await this.#options.rejected.copy(bytes, true);
    this.#stopIfStrict(rejection);
  }

  async #overlong(part: { number: number; bytes: Buffer; first: boolean; last: boolean }): Promise<void> {
    const rejection = { line: part.number, reason: `is longer than ${maxLineBytes / bytesPerMegabyte} MB` };
    if (part.first) {
      this.#options.rejected.reject(rejection);
    }
    await this.#options.rejected.copy(part.bytes, part.last);
    if (part.last) this.#stopIfStrict(rejection);
  }

  #stopIfStrict(rejection: Rejection): void {
    if (this.#options.strict) {
      throw new Failure(`${rejectionSentence(this.name, rejection)}; stopped there, as --strict asks.`);
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = this.#bytes;
    try {
      if ("handle" in bytes) {
        yield* readChunks(bytes.handle);
      } else {
        if (bytes.used) throw new Error(`${this.name} can be read once only`);
        bytes.used = true;
        yield* bytes.stream;
      }
    } catch (error) {
      throw readFault(error, this.name);
    }
  }
}

function readLine(bytes: Buffer, line: number, ids: IdSet): { example: Example } | Rejection {
  if (!isUtf8(bytes)) return { line, reason: "is not UTF-8" };
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const fault = findJsonFault(text);
    if (fault === undefined) return { line, reason: "is not JSON" };
    return { line, column: fault.offset + 1, reason: `broken JSON: ${fault.problem}` };
  }
  const parsed = parseRecord(exampleSchema, value);
  if (!parsed.ok) {
    const [issue] = parsed.issues;
    const more = parsed.issues.length - 1;
    const others = more === 0 ? "" : ` (and ${more} more in this line)`;
    return { line, ...(issue?.path && { field: issue.path }), reason: `${issue?.message ?? "is no example"}${others}` };
  }
  if (!ids.add(parsed.value.id)) return { line, field: "id", reason: "stands in this file already" };
  return { example: parsed.value };
}

/** Spaces and tabs only. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09);
}
