/** VS Code's globs, as patterns of package `ignore`, which knows no braces. */

/** More alternatives than this nobody writes by hand. */
const maxAlternatives = 1_000;
/** In place of a pattern that has more: what cannot be read is taken to mean everything. */
const everything = ["*"];

/** `a.{ts,js}` as `a.ts` and `a.js`, at any depth; a brace without its fellow stands for itself. */
export function expandBraces(pattern: string): string[] {
  let open = [pattern];
  const done: string[] = [];
  while (open.length > 0) {
    const next: string[] = [];
    for (const each of open) {
      // The innermost pair first.
      const match = /^(?<before>.*)\{(?<choices>[^{}]*)\}(?<after>.*)$/su.exec(each);
      if (!match?.groups) done.push(each);
      else {
        const { before = "", choices = "", after = "" } = match.groups;
        for (const choice of choices.split(",")) next.push(before + choice + after);
      }
    }
    if (next.length + done.length > maxAlternatives) return everything;
    open = next;
  }
  return done;
}

/** A glob of `files.exclude`, which is matched from the workspace folder on, where gitignore's would match at any depth. */
export function anchored(glob: string): string[] {
  return expandBraces(glob).map((each) => (each.startsWith("/") ? each : `/${each}`));
}
