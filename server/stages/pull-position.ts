/**
 * Where a consumer of the store stands, by name. Its position moves only when the file that reaches there is durably in
 * its place, and a pull that was killed at any moment is told apart by that file: it came to it, or it did not.
 */
import { canonicalJson } from "../../shared/canonical-json.ts";
import { ConfigurationError } from "../errors.ts";
import { fileSha256 } from "../jsonl/file-hash.ts";
import type { PullChoice } from "../store/families/pull.ts";
import type { Store } from "../store/store.ts";
import type { PullMade } from "./pull.ts";

export interface PositionOptions {
  readonly store: Pick<Store, "pull">;
  readonly name: string;
  readonly choice: PullChoice;
  readonly now: () => Date;
}

export interface ConsumerPosition {
  /** The consumer has all that it asks for up to here. */
  readonly position: number;
  /** The file that an interrupted pull had put in its place, and with which it is now complete. */
  readonly completed: string | undefined;
  /** Says which file is about to be put in its place, and what it holds. */
  announce(file: string, made: PullMade): Promise<void>;
  /** The file is in its place. */
  move(reached: number): Promise<void>;
}

/** A name that is a file's too. */
export const positionName = /^[a-z0-9][a-z0-9._-]*$/u;

/** @throws ConfigurationError where the name is taken by another choice: what that left out would never come */
export async function openPosition({ store, name, choice, now }: PositionOptions): Promise<ConsumerPosition> {
  const { contributors, repos, languages } = choice;
  const asked = canonicalJson({ contributors, repos, languages });
  const known = await store.pull.position({ name });
  if (known !== undefined && known.choice !== asked) {
    throw new ConfigurationError(
      `the position "${name}" is of another choice: ${inWords(known.choice)}. What that left out it has passed; ` +
        "pull this choice under another name (--resume NAME).",
    );
  }
  let position = known?.position ?? 0;
  const step = () => ({ name, choice: asked, from: position, at: now().toISOString() });
  let completed: string | undefined;
  if (known?.pending !== undefined && (await fileSha256(known.pending.file)) === known.pending.sha256) {
    await store.pull.move({ ...step(), to: known.pending.position });
    position = known.pending.position;
    completed = known.pending.file;
  }
  return {
    position,
    completed,
    announce: (file, { reached, sha256 }) =>
      store.pull.announce({ ...step(), pending: { position: reached, file, sha256 } }),
    async move(reached) {
      await store.pull.move({ ...step(), to: reached });
      position = reached;
    },
  };
}

/** `repos github.com/acme/*, languages go`, of a choice as it is stored. */
function inWords(choice: string): string {
  const lists = Object.entries(JSON.parse(choice) as Record<string, readonly string[]>);
  const said = lists.filter(([, values]) => values.length > 0).map(([key, values]) => `${key} ${values.join(" ")}`);
  return said.length === 0 ? "everything" : said.join(", ");
}
