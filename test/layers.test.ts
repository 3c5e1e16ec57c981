/** The layers are a lint rule; here is what it must refuse, and what it must let pass. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const BIOME = resolve("node_modules/@biomejs/biome/bin/biome");

const REFUSED: [path: string, specifier: string, because: string][] = [
  ["shared/text/a.ts", "../../server/stages/score.ts", "shared/ imports neither side"],
  ["shared/a.ts", "../extension/main.ts", "shared/ imports neither side"],
  ["shared/a.ts", "vscode", "shared/ imports neither side"],
  ["shared/a.ts", "node:fs", "shared/ does no I/O"],
  ["shared/a.ts", "node:fs/promises", "shared/ does no I/O"],
  ["shared/a.ts", "zod", "zod/mini"],
  ["extension/capture/a.ts", "../../server/stages/score.ts", "never imports server"],
  ["extension/a.ts", "better-sqlite3", "server/store"],
  ["extension/editor/a.ts", "../../server/stages/score.ts", "never imports server"],
  ["extension/editor/a.ts", "openai", "server/models"],
  ["extension/a.ts", "vscode", "Only extension/editor knows VS Code"],
  ["extension/gate/a.ts", "vscode", "Only extension/editor knows VS Code"],
  ["extension/gate/a.ts", "../editor/settings.ts", "Only extension/editor knows VS Code"],
  ["extension/anything-new/a.ts", "vscode", "Only extension/editor knows VS Code"],
  ["server/stages/a.ts", "../../extension/main.ts", "never imports extension"],
  ["server/stages/a.ts", "vscode", "never imports extension"],
  ["server/stages/a.ts", "kysely", "server/store"],
  ["server/runs/a.ts", "better-sqlite3", "server/store"],
  ["server/models/a.ts", "kysely", "server/store"],
  ["server/stages/a.ts", "openai", "server/models"],
  ["server/stages/a.ts", "@anthropic-ai/sdk", "server/models"],
  ["server/cli/a.ts", "@anthropic-ai/sdk", "parses arguments"],
  ["server/store/a.ts", "openai", "server/models"],
  ["server/store/a.ts", "../stages/score.ts", "bottom"],
  ["server/models/a.ts", "../stages/score.ts", "below stages"],
  ["server/stages/a.ts", "../cli/main.ts", "nothing calls cli"],
  ["server/metrics/a.ts", "node:fs", "pure"],
  ["server/prompts/a.ts", "../stages/score.ts", "bottom"],
];

const ALLOWED: [path: string, specifier: string][] = [
  ["shared/a.ts", "node:crypto"],
  ["shared/a.ts", "zod/mini"],
  ["extension/a.ts", "../shared/ids.ts"],
  ["extension/editor/a.ts", "vscode"],
  ["extension/editor/a.ts", "../gate/gate.ts"],
  ["server/store/a.ts", "kysely"],
  ["server/models/a.ts", "openai"],
  ["server/models/a.ts", "../store/cache.ts"],
  ["server/stages/a.ts", "../metrics/levenshtein.ts"],
  ["server/cli/a.ts", "../runs/run.ts"],
];

const CASES = [
  ...REFUSED.map(([path, specifier, because]) => ({ path, specifier, because })),
  ...ALLOWED.map(([path, specifier]) => ({ path, specifier, because: undefined })),
];

interface Diagnostic {
  category: string;
  message: string;
  location: { path: string };
}

/** Lints a folder laid out like this one, with one file of one import a case, and says what Biome said of each file. */
function lintAll(folder: string): Map<string, string> {
  copyFileSync("biome.json", join(folder, "biome.json"));
  for (const [index, { path, specifier }] of CASES.entries()) {
    const file = join(folder, caseFile(path, index));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `import { thing } from "${specifier}";\nthing();\n`);
  }
  const flags = [
    "--only=style/noRestrictedImports",
    "--vcs-enabled=false",
    "--reporter=json",
    "--max-diagnostics=none",
  ];
  const { stdout } = spawnSync(process.execPath, [BIOME, "lint", ...flags, "."], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return new Map(diagnostics.map(({ location, message }) => [location.path.replaceAll("\\", "/"), message]));
}

function caseFile(path: string, index: number): string {
  return join(dirname(path), `case-${index}.ts`).replaceAll("\\", "/");
}

describe("the layers", () => {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-layers-"));
  let said = new Map<string, string>();
  beforeAll(() => {
    said = lintAll(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(CASES.map((each, index) => ({ ...each, index })))(
    "in $path, an import of $specifier: $because",
    ({ path, because, index }) => {
      const message = said.get(caseFile(path, index));
      if (because === undefined) expect(message).toBeUndefined();
      else expect(message).toContain(because);
    },
  );
});
