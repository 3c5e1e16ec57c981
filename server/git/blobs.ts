/** Objects by their ids, through one `git cat-file --batch` for as long as it lives. */
import { Failure } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import type { GitProcess } from "./process.ts";
import { maxFileBytes, startGit } from "./process.ts";
import type { Repository } from "./repository.ts";

const lineFeed = 0x0a;

export type BlobResult = { readonly kind: "found"; readonly bytes: Buffer } | { readonly kind: "missing" | "tooLarge" };

export interface BlobSource {
  /** What each id names, in the order of `ids`. */
  read(ids: readonly string[]): Promise<BlobResult[]>;
}

/** One reader, one request at a time: requests that overlap wait for each other. */
export class ObjectReader implements BlobSource {
  readonly #git: GitProcess;
  readonly #reader: ByteReader;
  #last: Promise<unknown> = Promise.resolve();

  constructor(repository: Repository) {
    this.#git = startGit(repository.place, ["cat-file", "--batch"]);
    this.#reader = new ByteReader(this.#git.stdout);
  }

  /** The objects in the order of `ids`; one larger than an importable file is passed over, not read. */
  read(ids: readonly string[]): Promise<BlobResult[]> {
    const answers = this.#last.then(async () => {
      if (ids.length > 0) this.#git.stdin.write(`${ids.join("\n")}\n`);
      const results: BlobResult[] = [];
      for (const id of ids) results.push(await this.#next(id));
      return results;
    });
    // The next request waits for this one; its failure is this caller's to handle.
    this.#last = answers.catch(() => undefined);
    return answers;
  }

  async close(): Promise<void> {
    await this.#git.stop();
  }

  async #next(id: string): Promise<BlobResult> {
    // `ID TYPE SIZE`, or `ID missing`.
    const header = (await this.#reader.until(lineFeed)).toString("latin1");
    const size = Number(/ (?<size>\d+)$/u.exec(header)?.groups?.["size"] ?? Number.NaN);
    if (Number.isNaN(size)) {
      if (header.endsWith(" missing") || header.endsWith(" ambiguous")) return { kind: "missing" };
      await this.#git.done;
      throw new Failure(`git cat-file gave no answer about ${id}`);
    }
    if (size > maxFileBytes) {
      await this.#reader.skip(size + 1);
      return { kind: "tooLarge" };
    }
    const bytes = await this.#reader.take(size);
    await this.#reader.skip(1);
    return { kind: "found", bytes };
  }
}
