/**
 * Records `test/fixtures/recordings/` anew in a real VS Code: `node test/vscode/record-sessions.ts`. The goldens beside the
 * recordings are read by a person before they are committed.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { bundleInside, scratchFolder } from "./bundle-inside.ts";
import { repositoryRoot } from "./program.ts";

const scratch = scratchFolder();
try {
  const folder = join(scratch, "project");
  mkdirSync(folder);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Recorder");
  git("config", "user.email", "recorder@example.com");
  await runTests({
    ...(process.env["STILLPOINT_VSCODE"] === "download"
      ? {}
      : { vscodeExecutablePath: join(import.meta.dirname, "code.ts") }),
    extensionDevelopmentPath: repositoryRoot,
    extensionTestsPath: await bundleInside("record-sessions.ts", scratch),
    extensionTestsEnv: { STILLPOINT_RECORDINGS: join(repositoryRoot, "test", "fixtures", "recordings") },
    launchArgs: [folder],
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
