/** Versions of the extension: three numbers, and what follows a `-` is older than the version without it. */

/** @param minimum three numbers. What cannot be read as a version is older than every one. */
export function isOlderVersion(version: string, minimum: string): boolean {
  const parsed = /^(?<numbers>\d+\.\d+\.\d+)(?<pre>-)?/u.exec(version)?.groups;
  if (!parsed) return true;
  const have = (parsed["numbers"] ?? "").split(".").map(Number);
  const need = minimum.split(".").map(Number);
  for (const [at, wanted] of need.entries()) {
    const difference = (have[at] ?? 0) - wanted;
    if (difference !== 0) return difference < 0;
  }
  return parsed["pre"] !== undefined;
}
