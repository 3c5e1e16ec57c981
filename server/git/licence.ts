/** The licence of a repository at a commit. */
import { isLicenceFile, licenceOf } from "../../shared/repository/licence.ts";
import type { ObjectReader } from "./blobs.ts";

/** Looks a commit's licence up, and reads each text once. */
export class LicenceReader {
  readonly #objects: ObjectReader;
  readonly #byBlob = new Map<string, string | null>();

  constructor(objects: ObjectReader) {
    this.#objects = objects;
  }

  async at(commit: string): Promise<string | null> {
    const [tree] = await this.#objects.read([`${commit}^{tree}`]);
    const blob = tree?.kind === "found" ? licenceBlob(tree.bytes, commit.length / 2) : null;
    if (blob === null) return null;
    const known = this.#byBlob.get(blob);
    if (known !== undefined) return known;
    const [file] = await this.#objects.read([blob]);
    const licence = file?.kind === "found" ? licenceOf(file.bytes.toString("utf8")) : null;
    this.#byBlob.set(blob, licence);
    return licence;
  }
}

/** A tree holds `MODE NAME\0` and the id's bytes, entry after entry. */
function licenceBlob(tree: Buffer, idBytes: number): string | null {
  let at = 0;
  while (at < tree.length) {
    const nameEnd = tree.indexOf(0, at);
    if (nameEnd === -1) return null;
    const [mode = "", name = ""] = tree.toString("latin1", at, nameEnd).split(" ", 2);
    if (mode.startsWith("100") && isLicenceFile(name)) return tree.toString("hex", nameEnd + 1, nameEnd + 1 + idBytes);
    at = nameEnd + 1 + idBytes;
  }
  return null;
}
