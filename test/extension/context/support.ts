/** A capture point in a small project, and language servers that answer what a test says. */
import type { CapturePoint } from "../../../extension/capture/capture-point.ts";
import { freezePoint } from "../../../extension/capture/capture-point.ts";
import type { Position } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import type { GatherContext, GatherGuard } from "../../../extension/capture/gather.ts";
import { gatherContext } from "../../../extension/context/gather.ts";
import type { Lookups, LookupTarget } from "../../../extension/context/lookups.ts";
import type { RepositoryState } from "../../../extension/context/repository.ts";
import { manualClock } from "../../doubles/manual-clock.ts";

export const folder = "file:///work/shop";
export const uriOf = (path: string) => `${folder}/${path}`;

/** A project's text with `|` where the cursor is. */
export function pointIn(
  marked: string,
  { path = "src/main.ts", languageId = "typescript", uri = uriOf(path) } = {},
): CapturePoint {
  const at = marked.indexOf("|");
  const text = marked.replace("|", "");
  const document = trackedDocument({ uri, path, folder, languageId, eol: "lf", version: 1, text });
  const frozen = freezePoint({
    document,
    cursor: document.positionAt(Math.max(0, at)),
    enclosing: [],
    history: [],
    diagnostics: [],
    trigger: "typing",
    versions: { editor: "1.91.0", extension: "0.1.0" },
    nowMs: 0,
    documentOf: () => undefined,
  });
  if (!frozen.ok) throw new Error(frozen.reason);
  return frozen.point;
}

/** The name's range where `text` holds it first. */
export function nameIn(text: string, name: string): LookupTarget["range"] {
  const at = text.indexOf(name);
  if (at < 0) throw new Error(`no ${name} in the text`);
  const before = text.slice(0, at).split("\n");
  const start = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  return { start, end: { line: start.line, character: start.character + name.length } };
}

export interface Project {
  /** By URI, as on the disk. */
  files: Record<string, string>;
  definition: (name: string, at: Position) => Promise<readonly LookupTarget[]> | readonly LookupTarget[];
  typeDefinition: (name: string, at: Position) => Promise<readonly LookupTarget[]> | readonly LookupTarget[];
  text: Lookups["text"];
  symbols: Lookups["symbols"];
  repository: () => Promise<RepositoryState>;
  isUnchanged: (uri: string) => boolean;
  folders: readonly string[];
  platform: NodeJS.Platform;
}

export const shopRepository: RepositoryState = {
  name: { kind: "named", name: "git.example.com/ada/shop" },
  folder: "shop",
  revision: "0123456789abcdef0123456789abcdef01234567",
  branch: "main",
  licence: "MIT",
};

export function contextOf(point: CapturePoint, changes: Partial<Project> = {}) {
  const clock = manualClock();
  const asked: string[] = [];
  const read: string[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  const project: Project = {
    files: {},
    definition: () => [],
    typeDefinition: () => [],
    text: async (uri) => project.files[uri] ?? null,
    symbols: async () => [],
    repository: async () => shopRepository,
    isUnchanged: () => true,
    folders: [folder],
    platform: "linux",
    ...changes,
  };
  async function ask(kind: "definition" | "typeDefinition", at: Position) {
    const line = point.text.split("\n")[at.line] ?? "";
    const name = /^[\p{ID_Continue}$]+/u.exec(line.slice(at.character))?.[0] ?? "";
    asked.push(`${kind} ${name}`);
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    try {
      return await project[kind](name, at);
    } finally {
      underWay--;
    }
  }
  const gather: GatherContext = gatherContext({
    clock,
    platform: project.platform,
    folders: () => project.folders,
    repositories: { of: () => project.repository() },
    lookups: {
      definition: (_uri, at) => ask("definition", at),
      typeDefinition: (_uri, at) => ask("typeDefinition", at),
      text: (uri, maxBytes) => {
        read.push(uri);
        return project.text(uri, maxBytes);
      },
      symbols: (uri) => project.symbols(uri),
    },
  });
  const controller = new AbortController();
  const guard: GatherGuard = { isUnchanged: (uri) => project.isUnchanged(uri), signal: controller.signal };
  return {
    clock,
    asked,
    read,
    controller,
    mostUnderWay: () => mostUnderWay,
    gather: () => gather(point, guard),
  };
}

/** Counts that are not 0. */
export function counted(leftOut: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(leftOut).filter(([, count]) => count > 0));
}
