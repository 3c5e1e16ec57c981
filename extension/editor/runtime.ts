/** Everything that contributing needs, wired; a bundle of its own, loaded on first use. */
import type { Shell } from "./shell.ts";

export interface Runtime {
  readonly shell: Shell;
}

export async function startRuntime(shell: Shell): Promise<Runtime> {
  return { shell };
}
