/** About how much memory plain data takes: enough to bound what waits. */

const perValueBytes = 16;

export function sizeOf(value: unknown): number {
  if (typeof value === "string") return perValueBytes + value.length;
  if (typeof value !== "object" || value === null) return perValueBytes;
  if (ArrayBuffer.isView(value)) return perValueBytes + value.byteLength;
  let bytes = perValueBytes;
  for (const member of Object.values(value)) bytes += sizeOf(member);
  return bytes;
}
