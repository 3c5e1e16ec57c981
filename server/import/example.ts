/** A capture point in a commit's replay, written down as an example. */
import { exampleId, sha256Hex } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { HistoryEntry, Snapshot } from "../../shared/records/snapshot.ts";
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import type { Repository } from "../git/repository.ts";
import type { CapturePoint } from "./capture-points.ts";
import type { CommitReplay } from "./commit-replay.ts";
import { endOfEdit, historyEntry } from "./commit-replay.ts";
import { definitionsNear } from "./definitions.ts";
import { holds } from "./place.ts";
import type { CodeLines, ReplayFile } from "./replay-files.ts";

const futureEntries = 4;

/** What all examples of one commit have in common. */
export interface CommitFacts {
  readonly repository: Repository;
  readonly commit: string;
  /** Null where nobody knows. */
  readonly parent: string | null;
  /** RFC 3339 in UTC with milliseconds. */
  readonly at: string;
  readonly contributor: string;
  readonly licence: string | null;
  readonly seed: number;
  readonly lines: CodeLines;
}

export async function makeExample(facts: CommitFacts, replay: CommitReplay, point: CapturePoint): Promise<Example> {
  const { repository, commit, parent, at, contributor, seed, lines } = facts;
  const { file, k, applied } = point;
  const origin = { repo: repository.remote ?? repository.folder, commit, path: file.path, hunk: applied, k, seed };
  return {
    schema: 1,
    id: exampleId({ kind: "git", ...origin }),
    source: {
      kind: "git",
      contributor,
      ...origin,
      ...(parent !== null && { revision: parent }),
      at,
      insertions: lines.insertions,
      deletions: lines.deletions,
      files: replay.files.length,
    },
    snapshot: await snapshotOf(facts, replay, point),
    settlement: settlementOf(facts, replay, point),
  };
}

async function snapshotOf(facts: CommitFacts, replay: CommitReplay, point: CapturePoint): Promise<Snapshot> {
  const { repository, parent, at, licence } = facts;
  const { file, k, applied, moment, place } = point;
  const { cut, cursor } = place;
  const excerptStart = place.region.start - cut.editable.start;
  return {
    document: {
      path: file.path,
      languageId: file.languageId,
      eol: file.eol,
      lineCount: moment.starts.length,
      sha256: sha256Hex(moment.text),
    },
    excerpt: { startLine: cut.startLine, text: cut.text },
    cursor: cut.cursor,
    editable: { start: cut.editable.start, end: cut.editable.end },
    history: historyOf(replay, point),
    diagnostics: [],
    definitions: await definitionsNear({
      replay,
      file,
      moment,
      cursor,
      excerpt: { start: excerptStart, end: excerptStart + cut.text.length },
      applied: (other) => (other === file ? applied : appliedBefore(replay, other, k)),
    }),
    repo: {
      ...(repository.remote === null ? { folder: repository.folder } : { remote: repository.remote }),
      ...(parent !== null && { revision: parent }),
      ...(licence === null ? {} : { licence }),
    },
    trigger: "import",
    capturedAt: at,
  };
}

function appliedBefore(replay: CommitReplay, file: ReplayFile, k: number): number {
  return replay.steps.slice(0, k).filter((step) => step.file === file).length;
}

function historyOf(replay: CommitReplay, { file, k, applied, part }: CapturePoint): HistoryEntry[] {
  const typed = part ? [historyEntry(file.path, replay.text(file, applied), [part.typed])] : [];
  const room = SNAPSHOT_LIMITS.historyEntries - typed.length;
  return [...replay.steps.slice(Math.max(0, k - room), k).map((step) => replay.entry(step)), ...typed];
}

function settlementOf(facts: CommitFacts, replay: CommitReplay, point: CapturePoint): Settlement {
  const { file, k, part, moment, place } = point;
  const { settledText } = place;
  const before = moment.text.slice(place.region.start, place.region.end);
  const inRegion = moment.pending.filter((edit) => holds(place, [edit]));
  // What is left of a hunk caught half typed may be two edits of the text, and is one of the commit.
  const hunks = inRegion.length - (part ? part.rest.length - 1 : 0);
  const future = replay.steps.slice(part ? k + 1 : k, k + futureEntries).map((step) => replay.entry(step));
  return {
    text: settledText,
    cursor: settledCursor(point),
    settledAt: facts.at,
    edits: hunks,
    futureHistory: part ? [historyEntry(file.path, moment.text, part.rest), ...future] : future,
    diagnosticsAfter: [],
    unchanged: settledText === before,
    provenance: "unknown",
  };
}

/** The end of the last edit in the region; null where nothing happened there. */
function settledCursor({ moment, place }: CapturePoint): number | null {
  let shift = 0;
  let cursor: number | null = null;
  for (const edit of moment.pending) {
    if (holds(place, [edit])) cursor = endOfEdit(moment.text, edit) + shift - place.settledStart;
    shift += edit.newText.length - (edit.end - edit.start);
  }
  return cursor === null ? null : Math.min(cursor, place.settledText.length);
}
