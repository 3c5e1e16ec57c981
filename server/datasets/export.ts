/**
 * Writes a dataset version, whole or not at all. Examples stream through: each is checked, rendered in every format and
 * written into `vN.partial`, its line of the manifest into a file beside them. Only when all are through and none is at
 * fault does the folder get its name. Kept in memory: 48 bytes for each example, for its id, and a hash for each split
 * group.
 */
import { sha256Hex } from "../../shared/ids.ts";
import { scanForSecrets } from "../../shared/privacy/scan.ts";
import type { Example, SplitName } from "../../shared/records/example.ts";
import { ownersOf } from "../deletion/owners.ts";
import type { Coverage } from "../deletion/tombstones.ts";
import { coverageOf, readTombstones } from "../deletion/tombstones.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import { checkExample } from "../formats/check.ts";
import type { MadeRow, RowFormatName } from "../formats/formats.ts";
import { makeRow } from "../formats/formats.ts";
import type { RowOptions, TargetedExample } from "../formats/row-format.ts";
import { IdSet } from "../jsonl/id-set.ts";
import type { ContextOptions } from "../prompts/context-options.ts";
import type { StudentFormatName } from "../prompts/formats.ts";
import { studentFormat } from "../prompts/formats.ts";
import { estimateTokens } from "../prompts/tokens.ts";
import { scoped } from "../scope.ts";
import type { FaultLog } from "./export-faults.ts";
import { faultLog } from "./export-faults.ts";
import { funnelFacts } from "./facts.ts";
import { ledgerEntryOf } from "./ledger.ts";
import type { ManifestFile, ManifestHead, Provenance } from "./manifest.ts";
import { formatFolder } from "./manifest.ts";
import type { Tally, TallyCounter } from "./tally.ts";
import { tallyCounter } from "./tally.ts";
import type { Committed, OpenVersion } from "./version-writer.ts";
import { openVersion } from "./version-writer.ts";

/** Room for a whole snapshot's excerpt, history and definitions and two regions, at three bytes a token. */
export const DEFAULT_MAX_TOKENS = 16_384;

export interface ExportRequest {
  readonly dataDir: string;
  readonly dataset: string;
  readonly examples: AsyncIterable<Example>;
  /** The first is the main one, in `data/`; the others go to `data/FORMAT/`. */
  readonly formats: readonly RowFormatName[];
  readonly student: StudentFormatName;
  readonly context: ContextOptions;
  /** System prompt of `messages`. */
  readonly system?: string | undefined;
  /** By `estimateTokens` over prompt and longest answer. */
  readonly maxTokens: number;
  /** Leave out what is longer, instead of refusing. */
  readonly dropLong: boolean;
  /** The run that made the examples, where one is known. */
  readonly provenance?: Provenance | undefined;
  /** What goes into `run.json`: times, cost, hosts. Asked for when everything else is written. */
  readonly runRecord: () => Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly onExample?: (read: number) => void;
}

export interface ExportResult extends Committed {
  readonly tally: Tally;
  /** Of the rows of `preference`, in characters; absent without such rows. */
  readonly preference?: PreferenceLengths;
}

export interface PreferenceLengths {
  readonly rows: number;
  readonly meanChosen: number;
  readonly meanRejected: number;
  /** The longer mean over the shorter. */
  readonly ratio: number;
}

/**
 * @throws ConfigurationError for a name or a combination that means nothing.
 * @throws Failure where examples are at fault, none is left, another export of this dataset is under way, or the disk
 * does not take it; no version has been made then.
 */
export async function exportDataset(request: ExportRequest): Promise<ExportResult> {
  checkRequest(request);
  return scoped(async (defer) => {
    const version = await openVersion(request.dataDir, request.dataset, request.formats, defer);
    // Read with the dataset's lock held: whoever deletes takes that lock behind a new tombstone.
    const deleted = coverageOf(await readTombstones(request.dataDir));
    const lengths = preferenceLengths();
    const tally = await writeExamples(request, version, lengths, deleted);
    if (tally.counts.exported === 0) throw nothingLeft(request.dataset, tally);
    const done = await version.commit((files) => headOf(request, tally, files), request.runRecord);
    const preference = lengths.result();
    return { ...done, tally, ...(preference === undefined ? {} : { preference }) };
  });
}

function checkRequest({ formats, system, maxTokens }: ExportRequest): void {
  if (formats.length === 0) throw new ConfigurationError("export needs at least one --format.");
  if (new Set(formats).size < formats.length) throw new ConfigurationError("a --format is named twice.");
  if (system !== undefined && !formats.includes("messages")) {
    throw new ConfigurationError("--system is the system prompt of --format messages, which is not asked for.");
  }
  if (system === "") throw new ConfigurationError("--system is empty; leave it out for no system prompt.");
  if (maxTokens < 1) throw new ConfigurationError("--max-tokens is at least 1.");
}

async function writeExamples(
  request: ExportRequest,
  version: OpenVersion,
  lengths: PreferenceCounter,
  deleted: Coverage,
): Promise<Tally> {
  const tally = tallyCounter();
  const faults = faultLog();
  const checks = crossChecks(faults);
  const options: RowOptions = {
    student: studentFormat(request.student),
    context: request.context,
    system: request.system,
  };
  let read = 0;
  for await (const example of request.examples) {
    request.signal.throwIfAborted();
    tally.read();
    request.onExample?.(++read);
    if (!isExportable(example, tally)) continue;
    if (ownersOf(example, request.formats.includes("examples")).some(deleted.covers)) {
      tally.lost("export", "deleted");
      continue;
    }
    const split = example.split?.name ?? "train";
    const group = sha256Hex(example.split?.group ?? example.id);
    checks.add(example, split, group);
    const rows = rowsOf(example, request.formats, options);
    const longest = Math.max(0, ...[...rows.values()].map(({ sequence }) => totalTokens(sequence)));
    if (rows.size === 0) {
      tally.lost("export", "noRow");
      continue;
    }
    if (longest > request.maxTokens) {
      if (request.dropLong) tally.lost("export", "tooLong");
      else faults.add("tooLong", example, `${longest} of ${request.maxTokens}`);
      continue;
    }
    checkOne(example, faults);
    for (const row of rows.values()) lengths.add(row);
    const ledger = ledgerEntryOf(example, request.formats);
    await version.write({ id: example.id, split, group }, rows, ledger);
    tally.exported(ledger.facts, split);
  }
  faults.throwIfAny(request.dataset);
  return tally.result();
}

function isExportable(example: Example, tally: TallyCounter): example is TargetedExample {
  if (example.dropped !== undefined) tally.lost(example.dropped.stage, example.dropped.reason);
  else if (example.expected === undefined) tally.lost("export", "noTarget");
  return example.dropped === undefined && example.expected !== undefined;
}

function rowsOf(
  example: TargetedExample,
  formats: readonly RowFormatName[],
  options: RowOptions,
): Map<RowFormatName, MadeRow> {
  const rows = new Map<RowFormatName, MadeRow>();
  for (const name of formats) {
    const row = makeRow(name, example, options);
    if (row !== undefined) rows.set(name, row);
  }
  return rows;
}

function totalTokens(sequence: readonly string[]): number {
  return sequence.reduce((sum, text) => sum + estimateTokens(text), 0);
}

/** What is wrong with an example by itself. */
function checkOne(example: TargetedExample, faults: FaultLog): void {
  for (const { field, message } of checkExample(example)) faults.add("record", example, `${field} ${message}`);
  for (const text of stringsOf(example)) {
    const [found] = scanForSecrets(text);
    if (found === undefined) continue;
    faults.add("secret", example, found.kind);
    return;
  }
}

/** Every string in a record, wherever it stands: an export of whole examples shows them all. */
function* stringsOf(value: unknown): Generator<string, void, undefined> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null)
    for (const member of Object.values(value)) yield* stringsOf(member);
}

/** What is wrong with an example beside the others. */
function crossChecks(faults: FaultLog): { add(example: Example, split: SplitName, group: string): void } {
  const ids = new IdSet();
  const sides = new Map<string, SplitName>();
  return {
    add(example, split, group) {
      if (!ids.add(example.id)) faults.add("duplicate", example);
      const side = sides.get(group) ?? split;
      sides.set(group, side);
      if (side !== split) faults.add("straddles", example, `in ${split}, the group's first is in ${side}`);
    },
  };
}

function nothingLeft(dataset: string, { counts, funnel }: Tally): Failure {
  const why =
    counts.read === 0
      ? "the input holds no examples"
      : `of ${counts.read} examples none is left: ${funnelFacts(funnel).join(", ")}`;
  return new Failure(`${dataset} was not exported: ${why}.`);
}

function headOf(request: ExportRequest, tally: Tally, files: readonly ManifestFile[]): ManifestHead {
  const student = studentFormat(request.student);
  return {
    schema: 1,
    dataset: request.dataset,
    formats: request.formats.map((name, index) => ({ name, folder: formatFolder(name, index) })),
    student: { format: request.student, version: student.versionFor(request.context) },
    options: { maxTokens: request.maxTokens, dropLong: request.dropLong, system: request.system ?? null },
    provenance: request.provenance ?? null,
    ...tally,
    files: [...files],
  };
}

interface PreferenceCounter {
  add(row: MadeRow): void;
  result(): PreferenceLengths | undefined;
}

function preferenceLengths(): PreferenceCounter {
  let rows = 0;
  let chosen = 0;
  let rejected = 0;
  return {
    add({ preference }) {
      if (preference === undefined) return;
      rows++;
      chosen += preference.chosen;
      rejected += preference.rejected;
    },
    result() {
      if (rows === 0) return undefined;
      const ratio = Math.max(chosen, rejected) / Math.min(chosen, rejected);
      return { rows, meanChosen: chosen / rows, meanRejected: rejected / rows, ratio };
    },
  };
}
