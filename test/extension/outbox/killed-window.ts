/**
 * A window that is killed: `node killed-window.ts FOLDER URL TOKEN RUN STEP`. It captures, drops and sends, and ends
 * itself by SIGKILL before the disk's step STEP, in the middle of it where it writes; 0 lets it live. Each line that it
 * prints is a promise it has given: `captured ID`, `dropped ID`, at last `steps N`.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../../../extension/clock.ts";
import { createClient } from "../../../extension/connection/client.ts";
import type { OutboxFile, OutboxFiles } from "../../../extension/outbox/files.ts";
import { systemFiles } from "../../../extension/outbox/files.ts";
import { openOutbox } from "../../../extension/outbox/outbox.ts";
import { createUploader } from "../../../extension/outbox/uploader.ts";
import type { Event } from "../../../shared/records/event.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { eventOf } from "./support.ts";

const [folder = "", url = "", token = "", run = "", killAt = ""] = process.argv.slice(2);
let steps = 0;

/** Steps that only look leave nothing behind, whether they were taken or not. */
async function step(halfway?: () => Promise<void>): Promise<void> {
  steps += 1;
  if (steps !== Number(killAt)) return;
  await halfway?.();
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
}

function killable(file: OutboxFile): OutboxFile {
  return {
    ...file,
    async append(bytes) {
      await step(() => file.append(bytes.subarray(0, bytes.length >> 1)));
      await file.append(bytes);
    },
    async sync() {
      await step();
      await file.sync();
    },
    async truncate(size) {
      await step();
      await file.truncate(size);
    },
  };
}

const files: OutboxFiles = {
  ...systemFiles,
  async makeFolder(path) {
    await step();
    await systemFiles.makeFolder(path);
  },
  async open(path, how) {
    if (how === "create") await step();
    return killable(await systemFiles.open(path, how));
  },
  async rename(from, to) {
    await step();
    await systemFiles.rename(from, to);
  },
  async unlink(path) {
    await step();
    await systemFiles.unlink(path);
  },
  async syncFolder(path) {
    await step();
    await systemFiles.syncFolder(path);
  },
};

function promise(line: string): void {
  writeSync(1, `${line}\n`);
}

const clock = systemClock();
const outbox = await openOutbox({ folder, files, clock, maxBytes: 60_000 });
const client = createClient({ origin: url, token: async () => token, version: "0.1.0", clock });
const uploader = createUploader({
  outbox,
  send: (events, signal) => client.sendEvents(events, signal),
  clock,
  random: () => 0.5,
  fault: unexpected,
});

async function capture(number: number): Promise<Event> {
  const tail = Number(run).toString(16).padStart(6, "0") + number.toString(16).padStart(6, "0");
  const event = { ...eventOf("snapshot.settled"), id: `01890a5d-ac96-7000-8000-${tail}` };
  await outbox.append(event, "file:///work");
  promise(`captured ${event.id}`);
  return event;
}

await capture(1);
const { id } = await capture(2);
await capture(3);
await outbox.drop({ ids: [id] });
promise(`dropped ${id}`);
await uploader.flush();
await capture(4);
await capture(5);
await uploader.flush();
await uploader.dispose();
await outbox.dispose();
promise(`steps ${steps}`);
