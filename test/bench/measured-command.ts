/** Runs `stillpoint` as a process of its own, and says how long it took and how large it grew. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../server/cli/main.ts", import.meta.url));
/** Ends the command with its own largest resident set, which Node gives in kilobytes. */
const atExit = `process.on("exit", () => process.stderr.write("\\nmaxRSS " + process.resourceUsage().maxRSS + "\\n"));`;

export interface MeasuredCommand {
  readonly seconds: number;
  /** Resident memory at its largest. */
  readonly megabytes: number;
  readonly stderr: string;
}

/** @throws Error where the command fails. */
export function measureCommand(args: readonly string[]): MeasuredCommand {
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(atExit)}`, program, ...args],
    { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] },
  );
  const seconds = (performance.now() - started) / 1_000;
  const kilobytes = /maxRSS (\d+)/u.exec(stderr)?.[1];
  if (status !== 0 || kilobytes === undefined) throw new Error(`stillpoint ${args[0]} ended with ${status}: ${stderr}`);
  return { seconds, megabytes: Number(kilobytes) / 1_024, stderr };
}
