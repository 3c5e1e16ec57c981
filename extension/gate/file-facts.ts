/**
 * What the disk says about a file: where it really lies, which rule of paths it breaks, what kind of content it has. What
 * is costly is kept, until something changes or a minute has passed (not every list that git reads can be watched).
 */
import type { Clock } from "../clock.ts";
import type { ContentRefusal } from "./content.ts";
import { contentLimits, generatedByPath, headChars, refusedContent, tooManyBytes } from "./content.ts";
import type { ExternalPlace } from "./external.ts";
import { externalPlace } from "./external.ts";
import type { Files } from "./files.ts";
import { systemCode } from "./files.ts";
import type { GitIgnored } from "./git-ignored.ts";
import { join } from "./ignore-files.ts";
import type { RealPlace } from "./judge.ts";
import type { PathPatterns, PathRefusal, PathSettings } from "./path-rules.ts";
import { builtIn, byFilesExclude, byIgnoreFile, bySetting, readyPatterns } from "./path-rules.ts";
import { nameOf, parentOf, relativeTo } from "./uri.ts";

/** A document as the editor holds it, which is newer than the disk: a `TrackedDocument` is one. */
export interface OpenText {
  readonly length: number;
  readonly lineCount: number;
  slice(start: number, end: number): string;
}

export interface FolderFile {
  /** Absolute; null for a document that was never saved. */
  readonly path: string | null;
  /** By which it is called where it has no path. */
  readonly name: string;
  /** The workspace folder's path. */
  readonly folder: string;
  readonly open: OpenText | undefined;
  /** Untitled, with a path it would be saved at. */
  readonly unsaved: boolean;
  /** A notebook's cell: its content is its own, not the notebook's file. */
  readonly cell: boolean;
}

export interface FolderFileFacts {
  readonly path: PathRefusal | null;
  readonly real: RealPlace;
  readonly content: ContentRefusal | null;
}

export interface ExternalFileFacts {
  readonly secretPath: boolean;
  /** By its real path; null where it lies under no root that is known. */
  readonly place: ExternalPlace | null;
  readonly content: ContentRefusal | null;
}

export interface FileFacts {
  /** Aligned with `asked`; files of one workspace folder, and its settings. */
  ofFolder(asked: readonly FolderFile[], settings: PathSettings): Promise<FolderFileFacts[]>;
  /** @param path absolute */
  ofExternal(path: string, open: OpenText | undefined): Promise<ExternalFileFacts>;
  /** @param path what was written, made or deleted; undefined where that is not known */
  changed(path: string | undefined): void;
}

export interface FileFactsDeps {
  readonly files: Files;
  readonly ignored: GitIgnored;
  readonly clock: Clock;
}

const maxAgeMs = 60_000;
const maxKept = 2_000;
/** A file of one of these names says something about other files. */
const listNames = new Set([".gitignore", ".stillpointignore", "exclude", ".git", ".gitconfig"]);

export function createFileFacts({ files, ignored, clock }: FileFactsDeps): FileFacts {
  /** By workspace folder and real path: which list excludes the file. */
  const lists = new Map<string, { readonly refusal: PathRefusal | null; readonly atMs: number }>();
  /** By real path, size and time. */
  const contents = new Map<string, ContentRefusal | null>();
  /** Raised whenever a list may have changed. */
  let generation = 0;

  async function lies(file: FolderFile): Promise<Lying> {
    const nowhere = { folder: file.folder, paths: [] };
    if (file.path === null) return { ...nowhere, place: "nowhere" };
    try {
      const folder = await files.realPath(file.folder);
      const parent = await realParent(file.path, file.unsaved);
      if (folder === null || parent === null) return { ...nowhere, place: "missing" };
      const own = join(parent, nameOf(file.path));
      const target = file.unsaved ? own : await files.realPath(file.path);
      if (target === null) return { ...nowhere, place: "missing" };
      const isInside = [own, target].every((each) => relativeTo(folder, each) !== null);
      return { place: isInside ? "inside" : "link", folder, paths: [...new Set([own, target])] };
    } catch (error) {
      return { ...nowhere, place: { unreadable: systemCode(error) } };
    }
  }

  /** The folder that a file is in; of one that is not saved yet, the nearest that exists, and the rest of the way. */
  async function realParent(path: string, unsaved: boolean): Promise<string | null> {
    const parent = parentOf(path);
    if (parent === null) return null;
    const found = await files.realPath(parent);
    if (found !== null || !unsaved) return found;
    const above = await realParent(parent, unsaved);
    return above === null ? null : join(above, nameOf(parent));
  }

  /** Which list excludes each path: asked for those that are not known yet. */
  async function listed(folder: string, paths: readonly string[]): Promise<Map<string, PathRefusal | null>> {
    const now = clock.monotonicMs();
    const startedIn = generation;
    const found = new Map<string, PathRefusal | null>();
    for (const path of paths) {
      const entry = lists.get(listKey(folder, path));
      if (entry && now - entry.atMs <= maxAgeMs) found.set(path, entry.refusal);
    }
    const unknown = [...new Set(paths)].filter((path) => !found.has(path));
    const byGit = unknown.length > 0 ? await ignored(unknown, folder) : new Set();
    for (const path of unknown) {
      const refusal = byGit.has(path) ? { reason: "gitIgnored" as const } : await byIgnoreFile(files, folder, path);
      found.set(path, refusal);
      // What was read while the lists changed is good for this answer alone.
      if (generation === startedIn) keep(lists, listKey(folder, path), { refusal, atMs: now });
    }
    return found;
  }

  /** The rules in the design's order, for the path by which the file is called and the one that it leads to. */
  async function pathRefusal(
    file: FolderFile,
    { folder, paths }: Lying,
    lists: Lists,
    patterns: PathPatterns,
  ): Promise<PathRefusal | null> {
    const called = relativeTo(file.folder, file.path ?? "") ?? file.name;
    const refusals = [file.path ?? file.name, ...paths].map(builtIn);
    const builtInRefusal = refusals.find((refusal) => refusal !== null);
    if (builtInRefusal) return builtInRefusal;
    const inFolder = [...new Set([join(folder, called), ...paths])];
    for (const path of inFolder) {
      const refusal = await byFilesExclude(patterns, files, folder, path);
      if (refusal) return refusal;
    }
    const byLists = paths.map((path) => lists.get(path) ?? null).filter((refusal) => refusal !== null);
    const byGit = byLists.find((refusal) => refusal.reason === "gitIgnored");
    if (byGit) return byGit;
    for (const path of inFolder) {
      const refusal = bySetting(patterns, folder, path);
      if (refusal) return refusal;
    }
    return byLists[0] ?? null;
  }

  async function contentOnDisk(path: string): Promise<ContentRefusal | null> {
    try {
      const found = await files.stat(path);
      if (found?.kind !== "file") return { reason: "unreadable", values: { code: "no file" } };
      const tooBig = tooManyBytes(found.bytes);
      if (tooBig) return tooBig;
      const key = `${path}\n${found.bytes}\n${found.modifiedMs}`;
      const known = contents.get(key);
      if (known !== undefined) return known;
      const text = (await files.readText(path, contentLimits.bytes)) ?? "";
      return keep(contents, key, refusedText(text, found.bytes));
    } catch (error) {
      return { reason: "unreadable", values: { code: systemCode(error) } };
    }
  }

  async function contentOf(file: FolderFile, { place, paths }: Lying): Promise<ContentRefusal | null> {
    const called = relativeTo(file.folder, file.path ?? "") ?? file.name;
    // A notebook's name says nothing about one cell.
    const byPath = file.cell ? null : generatedByPath(called);
    if (byPath) return byPath;
    if (file.open) return refusedOpenText(file.open);
    const target = paths.at(-1);
    // What lies elsewhere is not read: rule 7 refuses it. What was never saved is not there to be read.
    return target === undefined || place !== "inside" || file.unsaved ? null : contentOnDisk(target);
  }

  return {
    async ofFolder(asked, settings) {
      const patterns = readyPatterns(settings);
      const lying = await Promise.all(asked.map(lies));
      const listsOf = new Map<string, Lists | { readonly unreadable: string }>();
      for (const folder of new Set(lying.map((each) => each.folder))) {
        const inside = lying.filter((each) => each.folder === folder && each.place === "inside");
        try {
          listsOf.set(
            folder,
            await listed(
              folder,
              inside.flatMap((each) => each.paths),
            ),
          );
        } catch (error) {
          listsOf.set(folder, { unreadable: systemCode(error) });
        }
      }
      return Promise.all(
        asked.map(async (file, at) => {
          const where = lying[at] ?? (await lies(file));
          const found = listsOf.get(where.folder) ?? new Map();
          const unlisted = where.place === "inside" && "unreadable" in found ? found : null;
          const content = await contentOf(file, where);
          try {
            const path = await pathRefusal(file, where, "unreadable" in found ? new Map() : found, patterns);
            return { path, real: unlisted ?? where.place, content };
          } catch (error) {
            return { path: null, real: { unreadable: systemCode(error) }, content };
          }
        }),
      );
    },

    async ofExternal(path, open) {
      const unknown = { secretPath: builtIn(path) !== null, place: null, content: null };
      try {
        const target = await files.realPath(path);
        if (target === null) return unknown;
        // Both must lie there: what a link inside `node_modules` leads to may be anybody's own code.
        const place = externalPlace(path) === null ? null : externalPlace(target);
        const secretPath = unknown.secretPath || builtIn(target) !== null;
        if (secretPath || place === null) return { secretPath, place, content: null };
        return {
          secretPath,
          place,
          // Packages ship what their authors built: `dist` says nothing there.
          content: open ? refusedOpenText(open) : await contentOnDisk(target),
        };
      } catch (error) {
        return { ...unknown, content: { reason: "unreadable", values: { code: systemCode(error) } } };
      }
    },

    changed(path) {
      generation++;
      if (path === undefined || listNames.has(nameOf(path))) {
        lists.clear();
        return;
      }
      // A folder that appears or goes takes what is in it along.
      for (const key of lists.keys()) {
        const [, of = ""] = key.split("\n");
        if (relativeTo(path, of) !== null) lists.delete(key);
      }
    },
  };
}

type Lists = ReadonlyMap<string, PathRefusal | null>;

/** Where a file really is. */
interface Lying {
  readonly place: RealPlace;
  /** The workspace folder's real path. */
  readonly folder: string;
  /** The file's in its real folder, and the one that it leads to where it is a link itself; none unless it is there. */
  readonly paths: readonly string[];
}

function listKey(folder: string, path: string): string {
  return `${folder}\n${path}`;
}

/** Keeps a value, and forgets the oldest where there are too many. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): Value {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > maxKept && oldest !== undefined) map.delete(oldest);
  return value;
}

function refusedText(text: string, bytes: number): ContentRefusal | null {
  const lines = text.split("\n").length;
  return refusedContent({ bytes, chars: text.length, lines, head: text.slice(0, headChars) });
}

export function refusedOpenText(open: OpenText): ContentRefusal | null {
  // A UTF-16 unit has at most 3 bytes in UTF-8, so only a text near the limit is counted through.
  const isNear = open.length * 3 > contentLimits.bytes && open.length <= contentLimits.bytes;
  const bytes = isNear ? Buffer.byteLength(open.slice(0, open.length)) : open.length;
  return refusedContent({
    bytes,
    chars: open.length,
    lines: open.lineCount,
    head: open.slice(0, Math.min(headChars, open.length)),
  });
}
