/**
 * What resumed imports have seen of a repository, kept in `DATA/imports/`: the ids of its commits, which no rewriting of
 * its branches changes, and the ids of their patches, by which a rewritten commit is known for the one that it was.
 *
 * A file holds a line of JSON that says what it is of, then for each commit a line of its id and, where it changes
 * anything, a space and its patch's id. 82 bytes a commit, of which 100 or so are held while an import goes on.
 */
import { createHash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { hashOf } from "../../shared/ids.ts";
import { Failure } from "../errors.ts";
import type { Repository } from "../git/repository.ts";
import { firstCommit } from "../git/repository.ts";
import { isSystemError, readFault, writeFault } from "../jsonl/faults.ts";
import { IdSet } from "../jsonl/id-set.ts";
import type { LinePart } from "../jsonl/lines.ts";
import { splitLines } from "../jsonl/lines.ts";
import { acquireLock } from "../jsonl/lock.ts";
import { readChunks } from "../jsonl/read-chunks.ts";
import { writeWhole } from "../jsonl/whole-file.ts";

/** Of the hash in a file's name: enough that no two repositories meet. */
const nameChars = 32;

/** The first line. The file's name is its hash, so that a file of another header is none of ours. */
type Header = {
  readonly schema: 1;
  /** The network address, or the id of the first commit where there is none: neither changes with the folder. */
  readonly repository: string;
  /** Under others, the same commits give other examples. */
  readonly seed: number;
  readonly perCommit: number;
};

const seenLine = /^(?<commit>[0-9a-f]{40,64})(?: (?<patch>[0-9a-f]{40,64}))?$/u;

export interface SeenCommits {
  /** How many commits were seen before this import. */
  readonly size: number;
  /** Tells two memories apart; the same for the same commits. */
  readonly digest: string;
  hasCommit(id: string): boolean;
  /** Also of a commit that was added. */
  hasPatch(id: string): boolean;
  /** @param patch absent where the commit changes nothing */
  add(commit: string, patch: string | undefined): void;
  /** Makes what was added last. To be called once its examples lie where nothing takes them away. */
  save(): Promise<void>;
  close(): Promise<void>;
}

export interface SeenOptions {
  /** An existing folder, as an absolute path. */
  readonly dataDir: string;
  readonly repository: Repository;
  /** As of `resolveRange`. */
  readonly revisions: readonly string[];
  readonly seed: number;
  readonly perCommit: number;
}

/**
 * Opens the memory of a repository for one import; until it is closed, no other opens it.
 * @throws Failure where another import of the repository is under way, and for a file that is none of ours
 */
export async function openSeenCommits(options: SeenOptions): Promise<SeenCommits> {
  const { dataDir, repository, revisions, seed, perCommit } = options;
  const root = await firstCommit(repository, revisions);
  const headers = [repository.remote, root].flatMap((name): Header[] =>
    name === null ? [] : [{ schema: 1, repository: name, seed, perCommit }],
  );
  const folder = join(dataDir, "imports");
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw writeFault(error, folder);
  });
  const places = headers.map((header) => ({
    header,
    path: join(folder, `${hashOf(header).slice(0, nameChars)}.seen`),
  }));
  const [own] = places;
  if (own === undefined) throw new Error("a repository without a name");
  const shown = `what resumed imports remember of ${repository.remote ?? repository.folder}`;
  const unlock = await acquireLock(`${own.path}.lock`, shown);
  try {
    // A repository that has got a remote since is the one that it was.
    for (const { header, path } of places) {
      const memory = new Memory(own.path, canonicalJson(own.header), unlock);
      if (await memory.read(path, header)) return memory;
    }
    return new Memory(own.path, canonicalJson(own.header), unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

class Memory implements SeenCommits {
  readonly #path: string;
  readonly #header: string;
  readonly #commits = new IdSet();
  readonly #patches = new IdSet();
  readonly #added: string[] = [];
  readonly close: () => Promise<void>;
  #readFrom: string | null = null;
  #size = 0;
  #digest = "";

  constructor(path: string, header: string, close: () => Promise<void>) {
    this.#path = path;
    this.#header = header;
    this.close = close;
  }

  get size(): number {
    return this.#size;
  }

  get digest(): string {
    return this.#digest;
  }

  hasCommit(id: string): boolean {
    return this.#commits.has(id);
  }

  hasPatch(id: string): boolean {
    return this.#patches.has(id);
  }

  add(commit: string, patch: string | undefined): void {
    this.#remember(commit, patch);
    this.#added.push(patch === undefined ? `${commit}\n` : `${commit} ${patch}\n`);
  }

  async save(): Promise<void> {
    if (this.#added.length > 0) await writeWhole(this.#path, this.#content());
  }

  /** False where there is no such file. */
  async read(path: string, expected: Header): Promise<boolean> {
    const hash = createHash("sha256");
    let lines = 0;
    try {
      for await (const line of linesOf(path)) {
        if (line === null) return false;
        lines++;
        if (line.number === 1) {
          if (line.bytes.toString("utf8") !== canonicalJson(expected)) throw noMemory(path, line.number);
          continue;
        }
        const groups = line.kind === "line" && line.ended ? seenLine.exec(line.bytes.toString("latin1"))?.groups : null;
        if (!groups?.["commit"]) throw noMemory(path, line.number);
        this.#remember(groups["commit"], groups["patch"]);
        this.#size++;
        hash.update(line.bytes).update("\n");
      }
      if (lines === 0) throw noMemory(path, 1);
    } catch (error) {
      throw readFault(error, path);
    }
    this.#readFrom = path;
    this.#digest = hash.digest("hex");
    return true;
  }

  #remember(commit: string, patch: string | undefined): void {
    this.#commits.add(commit);
    if (patch !== undefined) this.#patches.add(patch);
  }

  async *#content(): AsyncGenerator<string, void, undefined> {
    yield `${this.#header}\n`;
    for await (const line of this.#readFrom === null ? [] : linesOf(this.#readFrom)) {
      if (line !== null && line.number > 1) yield `${line.bytes.toString("latin1")}\n`;
    }
    yield* this.#added;
  }
}

/** Its lines in order; null alone where there is no such file. */
async function* linesOf(path: string): AsyncGenerator<LinePart | null, void, undefined> {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) {
    yield null;
    return;
  }
  try {
    yield* splitLines(readChunks(handle));
  } finally {
    await handle.close();
  }
}

function noMemory(path: string, line: number): Failure {
  return new Failure(
    `${path}:${line} is nothing that --resume wrote; restore the file, or remove it, and all commits count as new.`,
  );
}
