/** Who a window is, for the locks of a folder that several share. */
import { hostname } from "node:os";
import { codeOf } from "./faults.ts";

export interface Process {
  readonly pid: number;
  /** The machine, or the container. */
  readonly host: string;
  /** Whether a process of this id runs on this host. */
  readonly isAlive: (pid: number) => boolean;
}

export const thisProcess: Process = {
  pid: process.pid,
  host: hostname(),
  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // Somebody else's.
      return codeOf(error) === "EPERM";
    }
  },
};
