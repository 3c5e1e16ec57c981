/** Takes out of a capture what the gate refused of it. */
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { Refusal, Verdict } from "./refusal.ts";

/** A file of a capture; what capture calls a `TouchedFile`. */
export interface JudgedFile {
  readonly uri: string;
  readonly path: string;
  readonly role: "document" | "history" | "definition";
  readonly external: boolean;
}

export interface Judged {
  readonly snapshot: Snapshot;
  readonly settlement?: Settlement | undefined;
}

export interface Sieved {
  readonly removed: readonly { readonly file: JudgedFile; readonly refusal: Refusal }[];
  readonly snapshot: Snapshot;
  readonly settlement: Settlement | undefined;
}

/**
 * Without the entries and definitions of files that were refused, and without those of files that nobody named, which nobody
 * has judged. Where two files go by one path in one role, both must pass.
 * @param verdicts aligned with `files`
 */
export function sieve(
  { snapshot, settlement }: Judged,
  files: readonly JudgedFile[],
  verdicts: readonly Verdict[],
): Sieved {
  const removed: { file: JudgedFile; refusal: Refusal }[] = [];
  const named = new Set<string>();
  const refused = new Set<string>();
  for (const [at, file] of files.entries()) {
    const verdict = verdicts[at];
    if (!verdict) throw new Error("a file of a capture was not judged");
    named.add(keyOf(file));
    if (verdict.ok) continue;
    refused.add(keyOf(file));
    removed.push({ file, refusal: verdict });
  }
  const passes = (file: Omit<JudgedFile, "uri">) => named.has(keyOf(file)) && !refused.has(keyOf(file));
  const isHistory = ({ path }: { path: string }) => passes({ path, role: "history", external: false });
  const isDefinition = ({ path, external }: { path: string; external: boolean }) =>
    passes({ path, role: "definition", external });
  return {
    removed,
    snapshot: {
      ...snapshot,
      history: snapshot.history.filter(isHistory),
      definitions: snapshot.definitions.filter(isDefinition),
    },
    settlement: settlement && { ...settlement, futureHistory: settlement.futureHistory.filter(isHistory) },
  };
}

function keyOf({ role, path, external }: Omit<JudgedFile, "uri">): string {
  return `${role}\n${external}\n${path}`;
}
