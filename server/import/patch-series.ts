/**
 * A series of patches on top of a repository that need not hold their commits: what every file looked like before each
 * of them. A patch applies exactly or not at all.
 */
import { applyUnifiedDiff } from "../../shared/text/unified-diff.ts";
import type { BlobSource } from "../git/blobs.ts";
import type { GitCommit } from "../git/commits.ts";
import type { PatchFile, PatchMail } from "../git/patch-mail.ts";
import type { CommitInTurn } from "./replay-commits.ts";
import { candidateFiles } from "./replay-files.ts";

export type PatchResult =
  | { readonly ok: true; readonly commit: CommitInTurn }
  | { readonly ok: false; readonly reason: "preimageMissing" | "doesNotApply"; readonly sentence: string };

interface Sides {
  readonly before: Buffer;
  readonly after: Buffer;
}

export class PatchSeries {
  readonly #objects: BlobSource;
  /** The commit under the first patch. */
  readonly #base: string;
  /** By path: what the patches so far made of it; null for what they took away, or what nobody knows. */
  readonly #made = new Map<string, Buffer | null>();
  /** The patch that was applied last, or the base. */
  #tip: string;

  constructor(objects: BlobSource, base: string) {
    this.#objects = objects;
    this.#base = base;
    this.#tip = base;
  }

  async apply(mail: PatchMail): Promise<PatchResult> {
    const commit: GitCommit = { ...mail, parents: [this.#tip], overflow: false };
    const wanted = new Set(candidateFiles(commit, () => undefined).map(({ change }) => change));
    const sides = new Map<PatchFile, Sides>();
    for (const file of mail.files) {
      const found = await this.#sidesOf(file);
      if (typeof found !== "string") sides.set(file, found);
      else if (wanted.has(file)) {
        // Of the two paths the one that was looked at: it holds nothing that steers a terminal.
        const shown = file.path.toString("utf8");
        return found === ""
          ? { ok: false, reason: "preimageMissing", sentence: `no ${shown} before it is to be found` }
          : { ok: false, reason: "doesNotApply", sentence: `${shown}: ${found}` };
      }
    }
    const read = [...sides].filter(([file]) => wanted.has(file) && file.status !== "A");
    const parent = await this.#parentOf(mail.id, read);
    for (const file of mail.files) {
      if (file.status === "D" || file.status === "R") this.#made.set(keyOf(file.oldPath), null);
      if (file.status !== "D") this.#made.set(keyOf(file.path), sides.get(file)?.after ?? null);
    }
    this.#tip = mail.id;
    const files = mail.files.map((file, i) => ({ ...file, oldBlob: String(i) }));
    const blobs: BlobSource = {
      read: async (ids) =>
        ids.map((id) => {
          const file = mail.files[Number(id)];
          const found = file && sides.get(file);
          return found ? { kind: "found", bytes: found.before } : { kind: "missing" };
        }),
    };
    const licensedBy = parent.held ?? this.#base;
    return { ok: true, commit: { commit: { ...commit, files }, blobs, parent: parent.id, licensedBy } };
  }

  /** What is wrong with the patch of a file; nothing where only the file before it is missing. */
  async #sidesOf(file: PatchFile): Promise<Sides | string> {
    let fault = "";
    for (const before of await this.#before(file)) {
      const after = applied(before, file.diff ?? "");
      if (typeof after !== "string") return { before, after };
      fault = after;
    }
    return fault;
  }

  /** What the file may have been before the patch, the likeliest first. */
  async #before(file: PatchFile): Promise<Buffer[]> {
    if (file.status === "A") return [Buffer.alloc(0)];
    const named = /[1-9a-f]/u.test(file.oldBlob) ? await this.#read(`${file.oldBlob}^{blob}`) : null;
    const current = await this.#current(file.oldPath);
    return [named, current].filter((bytes) => bytes !== null);
  }

  async #current(path: Buffer): Promise<Buffer | null> {
    const made = this.#made.get(keyOf(path));
    return made === undefined ? this.#inTree(this.#base, path) : made;
  }

  #inTree(commit: string, path: Buffer): Promise<Buffer | null> {
    return this.#read(`${commit}:${path.toString("utf8")}`);
  }

  async #read(name: string): Promise<Buffer | null> {
    // A name is a line to git.
    if (name.includes("\n")) return null;
    const [found] = await this.#objects.read([name]);
    return found?.kind === "found" ? found.bytes : null;
  }

  /**
   * In whose tree the files are what they were before: the commit's own parent, where the repository holds it, or what
   * the series stands on. `held` is one that the repository holds.
   */
  async #parentOf(
    id: string,
    files: readonly (readonly [PatchFile, Sides])[],
  ): Promise<{ id: string | null; held: string | null }> {
    const header = (await this.#read(`${id}^{commit}`))?.toString("latin1").split("\n\n", 1)[0] ?? "";
    const own = /^parent (?<id>[0-9a-f]+)$/mu.exec(header)?.groups?.["id"];
    const all = async (read: (path: Buffer) => Promise<Buffer | null>) => {
      for (const [file, { before }] of files) if (!(await read(file.oldPath))?.equals(before)) return false;
      return true;
    };
    if (own !== undefined && (await all((path) => this.#inTree(own, path)))) return { id: own, held: own };
    if (!(await all((path) => this.#current(path)))) return { id: null, held: null };
    return { id: this.#tip, held: this.#tip === this.#base ? this.#base : null };
  }
}

function keyOf(path: Buffer): string {
  return path.toString("latin1");
}

/** The file after the patch; else why the patch does not apply. Line ends may have been lost on the patch's way. */
function applied(before: Buffer, diff: string): Buffer | string {
  const text = before.toString("latin1");
  const exact = applyUnifiedDiff(text, diff);
  if (exact.ok) return Buffer.from(exact.text, "latin1");
  const lf = text.replaceAll("\r\n", "\n");
  const result = applyUnifiedDiff(lf, diff.replaceAll("\r\n", "\n"));
  if (!result.ok) return result.reason;
  return Buffer.from(lf.length < text.length ? result.text.replaceAll("\n", "\r\n") : result.text, "latin1");
}
