/** Runs commands in process, on streams that a test fills and reads. */
import { Readable, Writable } from "node:stream";
import type { CliContext, CliProcess } from "../../../server/cli/context.ts";
import { cliContext } from "../../../server/cli/context.ts";

export interface FakeProcess extends CliProcess {
  readonly out: () => string;
  readonly err: () => string;
}

export function fakeProcess(given: Partial<CliProcess> & { cwd: string; input?: string }): FakeProcess {
  const { input, ...rest } = given;
  const stdout = gather();
  const stderr = gather();
  return {
    stdin: Readable.from(input === undefined ? [] : [Buffer.from(input)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
    signal: new AbortController().signal,
    out: stdout.text,
    err: stderr.text,
    ...rest,
  };
}

export function fakeCli(process: CliProcess, options: { data?: string; quiet?: boolean } = {}): CliContext {
  return cliContext(process, () => options);
}

function gather() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
