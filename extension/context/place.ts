/** What a definition's file is called in a record: by its workspace folder, or by the package that it came with. */
import { externalPlace } from "../gate/external.ts";
import { parseUri, relativeTo } from "../gate/uri.ts";

export interface Place {
  /** Relative, `/` between its parts. */
  readonly path: string;
  /** From where others published it: its path begins with the package. */
  readonly external: boolean;
}

/**
 * Null for what has no name to go by: another scheme than `file`, or a file outside of all folders and packages.
 * @param folders the workspace folders' URIs
 */
export function placeOf(uri: string, folders: readonly string[], platform: NodeJS.Platform): Place | null {
  const file = parseUri(uri, platform);
  if (file?.scheme !== "file" || file.path === null) return null;
  const { path } = file;
  const around = folders.flatMap((folder) => {
    const root = parseUri(folder, platform);
    return root?.scheme === "file" && root.path !== null && relativeTo(root.path, path) !== null ? [root.path] : [];
  });
  const root = around.sort((a, b) => b.length - a.length)[0];
  const outside = externalPlace(path);
  // Whoever opens a package's own folder, or a toolchain's, works on it.
  const isExternal = outside !== null && (root === undefined || Boolean(relativeTo(root, outside.packageFolder)));
  if (isExternal) return { path: outside.path, external: true };
  const relative = root === undefined ? null : relativeTo(root, path);
  return relative ? { path: relative, external: false } : null;
}
