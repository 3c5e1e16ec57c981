/** The identities of records: what is hashed, and nothing else. */
import { createHash } from "node:crypto";
import type { Json } from "./canonical-json.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Snapshot } from "./records/snapshot.ts";

/** SHA-256 of `text` in UTF-8, as 64 lower-case hexadecimal characters. */
export function sha256Hex(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** SHA-256 of a value's canonical JSON. */
export function hashOf(value: Json): string {
  return sha256Hex(canonicalJson(value));
}

/** Groups equal states; it is no key. Times and versions are left out, since two people can meet one state. */
export function snapshotId(snapshot: Snapshot): string {
  const { capturedAt: _capturedAt, editorVersion: _editor, extensionVersion: _extension, history, ...state } = snapshot;
  const untimed = history.map(({ startedAt: _startedAt, endedAt: _endedAt, ...entry }) => entry);
  return hashOf({ ...state, history: untimed });
}

/** What an example is made from; its hash is the example's id, set once and never computed again. */
export type ExampleOrigin =
  | { kind: "capture"; eventId: string }
  | { kind: "git"; repo: string; commit: string; path: string; hunk: number; k: number; seed: number }
  | { kind: "file"; source: string; name: string }
  | { kind: "derived"; parents: readonly string[]; stage: string; n: number };

export function exampleId(origin: ExampleOrigin): string {
  return hashOf(origin);
}

/** A prediction's id in the pipeline. `requestKey` is the key under which its answer is cached. */
export function predictionId(exampleIdentity: string, requestKey: string, sampleIndex: number): string {
  return hashOf({ exampleId: exampleIdentity, requestKey, sampleIndex });
}

/** A number in [0, 1) that depends on nothing but its arguments: 48 bits of a SHA-256. For seeded choices. */
export function seededShare(seed: number, ...parts: readonly string[]): number {
  return Number.parseInt(hashOf([seed, ...parts]).slice(0, 12), 16) / 2 ** 48;
}
