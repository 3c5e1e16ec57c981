/**
 * Whether a terminal shows more than ASCII, as far as its variables tell: not the Linux console nor a dumb terminal,
 * nor where the locale (POSIX: LC_ALL before LC_CTYPE before LANG) names another encoding than UTF-8.
 */
export function showsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["TERM"] === "dumb" || env["TERM"] === "linux") return false;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  return locale === undefined || /utf-?8/i.test(locale);
}
