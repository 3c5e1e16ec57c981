#!/usr/bin/env node
/** The `stillpoint` command: gives the program the real process, and ends that with the program's exit code. */
import { EXIT } from "../errors.ts";
import { writeFault } from "../jsonl/faults.ts";
import type { OutputStream } from "./context.ts";
import { endOf, Interrupted, OutputClosed } from "./ends.ts";
import { runProgram } from "./program.ts";

const stop = new AbortController();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second one does not wait for the work to come to rest.
    if (stop.signal.aborted) process.exit(new Interrupted(signal).exitCode);
    stop.abort(new Interrupted(signal));
  });
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") {
    stop.abort(new OutputClosed());
    return;
  }
  const end = endOf(writeFault(error, "standard output"), false);
  process.stderr.write(`stillpoint: ${end.sentence}\n`);
  process.exit(end.exitCode);
});
// Nobody is left to tell.
process.stderr.on("error", () => process.exit(EXIT.failed));

const exitCode = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
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
