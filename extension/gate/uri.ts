/**
 * Addresses of documents, as strings (`Uri.toString()`), read without VS Code. Paths are kept with `/` between their
 * parts on every platform: `/home/ada/a.ts`, `C:/web/a.ts`, `//server/share/a.ts`. Node's file functions take them all.
 */

export interface DocumentUri {
  /** Of a notebook's cell: `vscode-notebook-cell`. */
  readonly scheme: string;
  /**
   * Absolute, without `.` and `..`, of the file that the document is or, untitled, would be saved as; of a cell, its
   * notebook's. Null where there is none on a file system.
   */
  readonly path: string | null;
  /** What the document calls itself where it has no path: `Untitled-1`. */
  readonly name: string;
}

const cellScheme = "vscode-notebook-cell";

/** Null where `text` is no address. */
export function parseUri(text: string, platform: NodeJS.Platform): DocumentUri | null {
  const match =
    /^(?<scheme>[a-z][a-z0-9+.-]*):(?:\/\/(?<authority>[^/?#]*))?(?<path>[^?#]*)(?:\?[^#]*)?(?:#(?<fragment>.*))?$/isu.exec(
      text,
    );
  if (!match?.groups) return null;
  const scheme = (match.groups["scheme"] ?? "").toLowerCase();
  const path = decoded(match.groups["path"] ?? "");
  const authority = decoded(match.groups["authority"] ?? "");
  if (path === null || authority === null || path.includes("\0")) return null;
  const named = { scheme, path: null, name: path };
  if (scheme === "file" || scheme === cellScheme) {
    if (scheme === cellScheme && cellOf(match.groups["fragment"] ?? "") !== "file") return named;
    return { ...named, path: filePath(authority, path, platform) };
  }
  // `untitled:/home/ada/a.ts` and `untitled:C:\a.ts` are to be saved there; `untitled:Untitled-1` is nowhere yet.
  if (scheme === "untitled" && /^(?:[/\\]|[a-z]:[/\\])/iu.test(path)) {
    return { ...named, path: filePath(authority, path, platform) };
  }
  return named;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** The scheme of a cell's notebook, which VS Code writes behind an `s` in base64; a notebook that says none is a file. */
function cellOf(fragment: string): string {
  const at = fragment.indexOf("s");
  const scheme = at < 0 ? "" : Buffer.from(decoded(fragment.slice(at + 1)) ?? "", "base64").toString("utf8");
  return scheme === "" ? "file" : scheme;
}

function filePath(authority: string, path: string, platform: NodeJS.Platform): string {
  const slashed = platform === "win32" ? path.replaceAll("\\", "/") : path;
  const onShare = authority !== "" && authority !== "localhost";
  const drive = /^\/?(?<letter>[a-z]):(?=\/|$)/iu.exec(slashed);
  if (!onShare && platform === "win32" && drive) {
    return normalPath(`${drive.groups?.["letter"]?.toUpperCase() ?? ""}:${slashed.slice(drive[0].length)}`);
  }
  return normalPath(onShare ? `//${authority}${slashed}` : slashed);
}

/** Without `.`, `..`, doubled separators and one at the end; a drive's letter is upper case. */
export function normalPath(path: string): string {
  const lead = /^(?:[a-z]:|\/{1,2})?/iu.exec(path)?.[0] ?? "";
  const parts: string[] = [];
  for (const part of path.slice(lead.length).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const isDrive = lead.endsWith(":");
  return isDrive ? [lead.toUpperCase(), ...parts].join("/") : lead + parts.join("/");
}

/** The path of `inner` from `outer`, `""` for itself; null where it is not in it. Both normal. */
export function relativeTo(outer: string, inner: string): string | null {
  if (inner === outer) return "";
  const start = outer.endsWith("/") ? outer : `${outer}/`;
  return inner.startsWith(start) ? inner.slice(start.length) : null;
}

/** The folder that a file or folder is in; null for a root. */
export function parentOf(path: string): string | null {
  const at = path.lastIndexOf("/");
  if (at < 0 || path === "/" || path.slice(0, at) === "/") return null;
  return at === 0 ? "/" : path.slice(0, at);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
