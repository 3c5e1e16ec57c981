/**
 * The one gate, before every sink: nothing is stored, sent or asked about that it has not judged. It judges every file
 * that a capture touches, looks at no disk before the rules that need none have passed, and keeps why it refused.
 */
import { relativePath } from "../../shared/records/fields.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { PolicyAnswer } from "../../shared/wire/policy.ts";
import type { Clock } from "../clock.ts";
import type { Repositories } from "../context/repository.ts";
import type { Translate } from "../translate.ts";
import type { Consent, ConsentSwitch } from "./consent.ts";
import { externalPlace } from "./external.ts";
import type { FileFacts, FolderFile, FolderFileFacts, OpenText } from "./file-facts.ts";
import { refusedOpenText } from "./file-facts.ts";
import type { EarlyQuestion, FileQuestion } from "./judge.ts";
import { judge, judgeEarly } from "./judge.ts";
import type { Located, WorkspaceFolder } from "./locate.ts";
import { locate } from "./locate.ts";
import type { PathSettings } from "./path-rules.ts";
import { builtIn } from "./path-rules.ts";
import type { GateRule, Refusal, Verdict } from "./refusal.ts";
import { refuseIn } from "./refusal.ts";
import type { Refusals } from "./refusals.ts";
import { judgeSecrets } from "./secrets.ts";
import type { Judged, JudgedFile, Sieved } from "./sieve.ts";
import { sieve } from "./sieve.ts";
import type { Snooze } from "./snooze.ts";
import { parentOf, parseUri, relativeTo } from "./uri.ts";

/** Settings of a workspace folder: each of them only takes away. */
export interface GateSettings extends PathSettings {
  /** Not pinned off by `stillpoint.allow.*`. */
  allows(purpose: ConsentSwitch): boolean;
  /** `stillpoint.denyRepositories`: patterns as in the policy. */
  readonly denyRepositories: readonly string[];
}

export interface GateDeps {
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  /** The extension's, such as `0.1.0`. */
  readonly clientVersion: string;
  readonly translate: Translate;
  readonly consent: Pick<Consent, "state">;
  readonly snooze: Pick<Snooze, "state">;
  readonly facts: FileFacts;
  readonly repositories: Repositories;
  readonly refusals: Refusals;
  /** VS Code's telemetry setting. */
  telemetry(): boolean;
  trust(): boolean;
  /** The last that is known, also while offline; null where the server was never reached. */
  policy(): Pick<PolicyAnswer, "allowed" | "policy"> | null;
  /** The id of who is connected. */
  contributor(): string | undefined;
  /** The workspace folders' URIs. */
  folders(): readonly string[];
  settings(folder: string): GateSettings;
  /** What the editor has open under this URI. */
  openText(uri: string): OpenText | undefined;
}

export interface JudgedCapture extends Judged {
  readonly uri: string;
  readonly files: readonly JudgedFile[];
}

/** Of a document that is refused, nothing is to be used. */
export interface FilesVerdict extends Sieved {
  readonly document: Verdict;
}

export interface Gate {
  /** Rules 1 to 9 for one document, as it is now; nothing is counted. */
  judgeDocument(uri: string, purpose: ConsentSwitch): Promise<Verdict>;
  /** Rules 1 to 9 for every file of a capture. */
  judgeFiles(capture: JudgedCapture, purpose: ConsentSwitch): Promise<FilesVerdict>;
  /** Rule 10, for what redaction made of a capture. */
  judgeSecrets(uri: string, snapshot: Snapshot, settlement: Settlement | undefined): Verdict;
  /** What can be said at once and without a look at the disk; a yes is no promise. */
  mayOpen(uri: string, purpose?: ConsentSwitch): boolean;
  /**
   * Whether edits in a workspace folder may be followed at all, for snapshots or predictions: what rules 1 to 5 say without a
   * look at the disk. While it is no, nothing is to be held of what is done there. Nothing is counted.
   * @param folder its URI
   */
  mayFollow(folder: string): boolean;
  /** @param uri what was written, made, deleted or renamed; undefined where settings changed or anything may have */
  changed(uri: string | undefined): void;
}

/** How long a refusal that took a look at the disk is good enough for `mayOpen`. */
const rememberedMs = 60_000;
const maxRemembered = 500;
/** Rules whose refusals are remembered: they take a look at the disk, and say the same for every purpose. */
const ofTheDisk: ReadonlySet<GateRule> = new Set(["policy", "path", "outside", "licence"]);

/** What edits are followed for. */
const followedFor: readonly ConsentSwitch[] = ["snapshots", "predictions"];

interface Asked {
  readonly uri: string;
  /** As the record has it; undefined where no record speaks of it. */
  readonly stated: string | undefined;
  readonly external: boolean;
}

/** The folder of an external file is the document's. */
interface Found extends Asked, Located {}

export function createGate(deps: GateDeps): Gate {
  const { facts, refusals, clock } = deps;
  const refuse = refuseIn(deps.translate);
  const remembered = new Map<string, { readonly refusal: Refusal; readonly atMs: number; readonly policy: unknown }>();

  function find(asked: Asked, documentFolder: WorkspaceFolder | undefined): Found {
    const located = locate(asked.uri, deps.folders(), deps.platform);
    return { ...asked, ...located, ...(asked.external ? { folder: documentFolder } : {}) };
  }

  function early({ at, folder }: Found, purpose: ConsentSwitch): EarlyQuestion {
    const contributor = deps.contributor();
    return {
      purpose,
      consent: consentIn(folder?.uri, purpose, contributor),
      snoozed: deps.snooze.state(),
      telemetry: deps.telemetry(),
      trusted: deps.trust(),
      scheme: at?.scheme ?? "",
      policy: deps.policy(),
      contributor,
      clientVersion: deps.clientVersion,
    };
  }

  function consentIn(folder: string | undefined, purpose: ConsentSwitch, contributor: string | undefined) {
    if (folder === undefined) return "noFolder";
    const state = deps.consent.state(folder, purpose, contributor);
    return state === "given" && !deps.settings(folder).allows(purpose) ? "pinnedOff" : state;
  }

  /** Aligned with `asked`. */
  async function judgeAll(asked: readonly Found[], purpose: ConsentSwitch): Promise<Verdict[]> {
    const questions = asked.map((each) => early(each, purpose));
    const passed = asked.filter((_, at) => questions[at] && judgeEarly(questions[at], refuse).ok);
    const inside = new Map<Found, FolderFileFacts>();
    for (const folder of new Set(passed.flatMap((each) => (each.external ? [] : (each.folder?.uri ?? []))))) {
      const files = passed.filter((each) => !each.external && each.folder?.uri === folder);
      const found = await facts.ofFolder(files.map(folderFile), deps.settings(folder));
      for (const [at, each] of files.entries()) {
        const fact = found[at];
        if (fact) inside.set(each, fact);
      }
    }
    return Promise.all(
      asked.map(async (each, at) => {
        const question = questions[at] ?? early(each, purpose);
        const verdict = judgeEarly(question, refuse);
        if (!verdict.ok) return verdict;
        const fact = inside.get(each);
        const file = fact ? await folderQuestion(each, fact) : await externalQuestion(each);
        return judge({ ...question, file }, refuse);
      }),
    );
  }

  function folderFile({ uri, at, folder }: Found): FolderFile {
    return {
      path: at?.path ?? null,
      name: at?.name ?? "",
      folder: folder?.path ?? "",
      open: deps.openText(uri),
      unsaved: at?.scheme === "untitled",
      cell: at?.scheme === "vscode-notebook-cell",
    };
  }

  async function folderQuestion(each: Found, fact: FolderFileFacts): Promise<FileQuestion> {
    const { folder, at, stated } = each;
    const place = folder?.path ?? "";
    const state = await deps.repositories.of((at?.path && parentOf(at.path)) || place, place);
    const called = at?.path == null ? (at?.name ?? "") : (relativeTo(place, at.path) ?? "");
    return {
      external: false,
      repository: state.name,
      deniedHere: deps.settings(folder?.uri ?? "").denyRepositories,
      path: fact.path,
      real: fact.real,
      relative: isTail(stated, [called]),
      licence: state.licence,
      content: fact.content,
    };
  }

  async function externalQuestion({ uri, at, stated }: Found): Promise<FileQuestion> {
    const path = at?.scheme === "file" ? at.path : null;
    const found =
      path === null
        ? { secretPath: false, place: null, content: null }
        : await facts.ofExternal(path, deps.openText(uri));
    const wantsLicence = (deps.policy()?.policy.licences.length ?? 0) > 0;
    const names = [found.place?.path, path === null ? undefined : externalPlace(path)?.path];
    return {
      external: true,
      secretPath: found.secretPath,
      underKnownRoot: found.place !== null,
      relative: isTail(stated, names),
      licence: found.place && wantsLicence ? await deps.repositories.licenceOf(found.place.packageFolder) : null,
      content: found.content,
    };
  }

  async function judgeDocument(uri: string, stated: string | undefined, purpose: ConsentSwitch): Promise<Verdict> {
    const [verdict] = await judgeAll([find({ uri, stated, external: false }, undefined)], purpose);
    if (!verdict) throw new Error("a document was asked about and not judged");
    remembered.delete(uri);
    if (!verdict.ok && ofTheDisk.has(verdict.rule)) {
      remembered.set(uri, { refusal: verdict, atMs: clock.monotonicMs(), policy: deps.policy()?.policy });
      const [oldest] = remembered.keys();
      if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
    }
    return verdict;
  }

  function quick(uri: string, purpose: ConsentSwitch): Verdict {
    const found = find({ uri, stated: undefined, external: false }, undefined);
    const verdict = judgeEarly(early(found, purpose), refuse);
    if (!verdict.ok) return verdict;
    const path = builtIn(found.at?.path ?? found.at?.name ?? "");
    if (path) return refuse(`path.${path.reason}`);
    const open = deps.openText(uri);
    const content = open ? refusedOpenText(open) : null;
    return content ? refuse(`content.${content.reason}`, content.values) : { ok: true };
  }

  /** Of a look at the disk that is still good enough. */
  function lastRefusal(uri: string): Refusal | undefined {
    const known = remembered.get(uri);
    const isGood = known?.policy === deps.policy()?.policy && known && clock.monotonicMs() - known.atMs <= rememberedMs;
    return isGood ? known.refusal : undefined;
  }

  return {
    judgeDocument: (uri, purpose) => judgeDocument(uri, undefined, purpose),

    async judgeFiles(capture, purpose) {
      const { uri, snapshot, settlement } = capture;
      const document = await judgeDocument(uri, snapshot.document.path, purpose);
      if (!document.ok) {
        refusals.add(uri, document);
        return { document, removed: [], snapshot, settlement };
      }
      const { folder } = find({ uri, stated: undefined, external: false }, undefined);
      const others = capture.files.filter((file) => file.role !== "document");
      const asked = others.map((file) => find({ uri: file.uri, stated: file.path, external: file.external }, folder));
      const sieved = sieve(capture, others, await judgeAll(asked, purpose));
      for (const { file, refusal } of sieved.removed) refusals.add(file.uri, refusal);
      return { document, ...sieved };
    },

    judgeSecrets(uri, snapshot, settlement) {
      const verdict = judgeSecrets(snapshot, settlement, refuse);
      if (!verdict.ok) refusals.add(uri, verdict);
      return verdict;
    },

    mayOpen(uri, purpose = "snapshots") {
      const verdict = quick(uri, purpose);
      const refusal = verdict.ok ? lastRefusal(uri) : verdict;
      if (refusal) refusals.add(uri, refusal);
      return refusal === undefined;
    },

    mayFollow(folder) {
      const found = find({ uri: folder, stated: undefined, external: false }, undefined);
      return followedFor.some((purpose) => judgeEarly(early(found, purpose), refuse).ok);
    },

    changed(uri) {
      remembered.clear();
      const path = uri === undefined ? undefined : parseUri(uri, deps.platform)?.path;
      facts.changed(path ?? undefined);
    },
  };
}

/** Whether what a record calls a file is the end of one of its paths from the folder or package on, so that it names no machine. */
function isTail(stated: string | undefined, paths: readonly (string | undefined)[]): boolean {
  if (stated === undefined) return true;
  if (!relativePath.safeParse(stated).success) return false;
  return paths.some((path) => path === stated || path?.endsWith(`/${stated}`));
}
