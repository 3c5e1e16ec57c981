/**
 * How git is started on a repository that nobody vouches for. Its configuration may name programs (diff drivers, text
 * converters, signature checkers, hooks, pagers, transports): every one that reading could start is switched off here,
 * and nothing is ever fetched or written.
 */

const configuration = [
  "core.quotePath=false",
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.attributesFile=/dev/null",
  "log.showSignature=false",
  // Ignored by gits that do not know it; others would read attributes from HEAD, which changes under a fixed range.
  "attr.tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904",
];

/** @param maxFileBytes files above this count as binary in diffs, so that no giant is ever printed */
export function shutGitArguments(maxFileBytes: number): string[] {
  const settings = [...configuration, `core.bigFileThreshold=${maxFileBytes}`];
  return ["--no-pager", ...settings.flatMap((setting) => ["-c", setting])];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The caller's variables without its own `GIT_*` (a hook that runs us sets them), and with everything shut. */
export function shutGitEnvironment(env: Environment): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("GIT_") || name.startsWith("GIT_CONFIG"));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    // A list of the transports allowed: none, for gits that know no GIT_NO_LAZY_FETCH.
    GIT_ALLOW_PROTOCOL: "",
    GIT_TERMINAL_PROMPT: "0",
    // There is no such file, so that attributes are not read from somebody's index either.
    GIT_INDEX_FILE: "stillpoint-reads-no-index",
  };
}
