/**
 * A process that has a store and does what its parent tells it to, line by line: `{ id, family, method, args }` is
 * answered by `{ id, value }` or `{ id, error }` when the store has answered. Started as `store-child.ts DATA`.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openStore } from "../../../server/store/store.ts";
import { recordingLog } from "./support.ts";

const [dataDir = ""] = process.argv.slice(2);
const filler = join(dataDir, "filler");
const log = recordingLog();
const startedMs = performance.now();

function tell(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const store = await openStore({ dataDir, log }).catch((error: Error) => {
  tell({ failed: error.message });
  process.exit(1);
});
tell({ openedMs: performance.now() - startedMs });

/** Until there is no byte left. */
function fillDisk(): void {
  const fd = openSync(filler, "w");
  for (let bytes = 65_536; bytes >= 1; ) {
    try {
      writeSync(fd, Buffer.alloc(bytes));
    } catch {
      bytes /= 2;
    }
  }
  closeSync(fd);
}

const own: Record<string, () => unknown> = {
  fillDisk,
  freeDisk: () => rmSync(filler),
  log: () => log.lines,
};

type Anything = Record<string, Record<string, (args: unknown) => Promise<unknown>>>;

for await (const line of createInterface({ input: process.stdin })) {
  const { id, family, method, args } = JSON.parse(line);
  const work = async () =>
    family === "child" ? own[method]?.() : (store as unknown as Anything)[family]?.[method]?.(args);
  work().then(
    (value) => tell({ id, value }),
    ({ name, code, message }: Error & { code?: string }) => tell({ id, error: { name, code, message } }),
  );
}
await store.close();
