/** Whether this workspace is one that can be captured at all. */

/**
 * - `ready`: a folder on a file system, and trusted
 * - `untrusted`: nothing is captured before the person trusts it
 * - `virtual`: folders that are no files of any machine that the extension runs on
 * - `none`: no folder is open
 */
export type Place = "ready" | "untrusted" | "virtual" | "none";

/** @param schemes of the workspace folders */
export function placeOf(schemes: readonly string[], trusted: boolean): Place {
  if (schemes.length === 0) return "none";
  if (!schemes.includes("file")) return "virtual";
  return trusted ? "ready" : "untrusted";
}
