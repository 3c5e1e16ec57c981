#!/usr/bin/env node
/** The `stillpoint` command: gives the program the real process, and ends that with the program's exit code. */
import { EXIT } from "../errors.ts";
import { writeFault } from "../jsonl/faults.ts";
import type { OutputStream } from "./context.ts";
import { endOf, Interrupted, OutputClosed } from "./ends.ts";
import { runProgram } from "./program.ts";

/** One Ctrl-C comes several times: from the terminal, from npm and from the script that npm runs. */
const sameStopMs = 500;

const stop = new AbortController();
let stoppedAt = 0;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (!stop.signal.aborted) stop.abort(new Interrupted(signal));
    // The second one does not wait for the work to come to rest.
    else if (performance.now() - stoppedAt > sameStopMs) process.exit(new Interrupted(signal).exitCode);
  });
}
stop.signal.addEventListener("abort", () => {
  stoppedAt = performance.now();
  // Whoever waits for more of it waits no longer.
  process.stdin.destroy();
});

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") {
    stop.abort(new OutputClosed());
    return;
  }
  const end = endOf(writeFault(error, "standard output"), false);
  process.stderr.write(`stillpoint: ${end.sentence}\n`);
  process.exit(end.exitCode);
});
let outlivesStderr = false;
process.stderr.on("error", () => {
  // Nobody is left to tell.
  if (!outlivesStderr) process.exit(EXIT.failed);
});

const exitCode = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  outliveStderr() {
    outlivesStderr = true;
  },
});
await Promise.all([written(process.stdout), written(process.stderr)]);
process.exit(exitCode);

/** Resolves once everything written so far has left the process: a pipe may be asynchronous. */
function written(stream: OutputStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write("", () => resolve());
  });
}
