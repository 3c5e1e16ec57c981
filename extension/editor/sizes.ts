/** Sizes and times as a person reads them. */

/** `812 B`, `3.4 KB`, `50 MB`: one digit behind the point below ten. */
export function sizeText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit++;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** The time of day where it was today, the day with it where not; in the person's own zone and language. */
export function timeText(at: string, nowMs: number, locale: string): string {
  const then = new Date(at);
  const today = new Date(nowMs).toDateString() === then.toDateString();
  return today
    ? then.toLocaleTimeString(locale)
    : then.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}
