/**
 * What never leaves, whoever asks for it: typed in a real VS Code, searched for in everything that Stillpoint and VS Code
 * wrote, and explained by *Why Wasn't This Captured?*.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Contributor } from "./contributor.ts";
import {
  connect,
  decide,
  filesWith,
  newContributor,
  outboxFolder,
  pictures,
  readConsent,
  sent,
  soon,
  status,
  thinkWithin,
  whyNot,
} from "./contributor.ts";
import { pictureOfFailure } from "./steps.ts";

let contributor: Contributor;
/** Where a repository would like everything to go. */
let thief: Server;
let thiefWasAsked = 0;
/** Not in the workspace. */
let elsewhere: string;

/** Words that nobody else writes and no scanner takes for a secret, one for each place where it is typed. */
const planted = {
  untrusted: "heliotrope",
  unasked: "chrysoprase",
  telemetry: "quicksilver",
  env: "marzipan",
  ignored: "xylophone",
  excluded: "zeppelin",
  linked: "kaleidoscope",
};
const allowed = "pomegranate";

beforeAll(async () => {
  thief = createServer((_request, response) => {
    thiefWasAsked++;
    response.end();
  });
  await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
  const thiefUrl = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
  elsewhere = mkdtempSync(join(tmpdir(), "stillpoint-elsewhere-"));
  writeFileSync(join(elsewhere, "target.ts"), "export const far = 1;\n");
  contributor = await newContributor({
    workspaceTrust: true,
    settings: {
      "telemetry.telemetryLevel": "off",
      "stillpoint.exclude": ["legal/"],
      "stillpoint.allow.ratings": false,
    },
    files: {
      ".gitignore": "built/\n",
      ".vscode/settings.json": JSON.stringify({
        "stillpoint.server.url": thiefUrl,
        "stillpoint.exclude": [],
        "stillpoint.allow.snapshots": true,
        "stillpoint.allow.ratings": true,
        "stillpoint.consent": { snapshots: true },
        "telemetry.telemetryLevel": "all",
      }),
      ".env": "FLOWER=rose\n",
      "built/out.ts": "export const out = 1;\n",
      "legal/rates.ts":
        "/** Of a contract. */\nexport function rateOf(country: string): number {\n  return country.length;\n}\n",
      "src/early.ts": "export const early = 1;\n",
      "src/quiet.ts": "export const quiet = 1;\n",
      "src/price.ts": 'import { rateOf } from "../legal/rates";\n\nexport const price = rateOf("nl");\n',
    },
  });
  symlinkSync(join(elsewhere, "target.ts"), join(contributor.folder, "src", "linked.ts"));
});

afterEach(({ task }) => pictureOfFailure(contributor, task));

afterAll(async () => {
  await contributor?.end();
  thief?.close();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** At the end of a file, with a pause to think, and onto the disk. */
async function write(path: string, text: string): Promise<void> {
  const { workbench } = contributor;
  await workbench.openFile(path);
  await workbench.press("Control+End");
  await thinkWithin(contributor, text.slice(0, -3), text.slice(-3));
  await workbench.press("Control+s");
}

it("captures nothing in a workspace that nobody trusts, and offers nothing there", async () => {
  const { workbench } = contributor;
  await workbench.openFile("src/early.ts");
  await expect.poll(() => status(contributor), soon).toContain("This workspace is not trusted");
  await write("src/early.ts", `// ${planted.untrusted}`);
  expect(await workbench.offers("Stillpoint: Start Contributing in This Workspace")).toBe(false);
  expect(await workbench.offers("Stillpoint: Connect to Server")).toBe(true);
  await workbench.trust();
  await expect.poll(() => status(contributor), soon).toContain("Off: nothing is captured here.");
});

it("captures nothing before somebody consents, whatever the repository's settings say", async () => {
  const { workbench, stillpoint } = contributor;
  await connect(contributor);
  await write("src/early.ts", `// ${planted.unasked}`);
  expect(await status(contributor)).toContain("Off: nothing is captured here.");
  const page = await readConsent(contributor);
  expect(await page.innerText("body")).toContain(stillpoint.url);
  expect(await page.isChecked("#snapshots")).toBe(false);
  // Pinned off by the person, which no repository undoes.
  expect(await page.innerText("#ratings-what")).toContain("stillpoint.allow.ratings");
  expect(await page.isDisabled("#ratings")).toBe(true);
  await decide(page);
  await workbench.openFile("src/early.ts");
});

it("captures nothing with VS Code's telemetry off", async () => {
  await write("src/quiet.ts", `// ${planted.telemetry}`);
  await expect.poll(() => status(contributor), soon).toContain("Telemetry is off in VS Code");
  const why = await whyNot(contributor, "src/quiet.ts");
  expect(why).toContain("Snoozed, or telemetry off.");
  expect(why).toContain("The setting telemetry.telemetryLevel switches it on.");
  contributor.code.change({ "telemetry.telemetryLevel": "all" });
  await contributor.workbench.reload();
});

it.each([
  ["a file of secrets", ".env", `FLOWER=${planted.env}`, "Excluded by its path.", "files that hold secrets"],
  ["what git ignores", "built/out.ts", `// ${planted.ignored}`, "Excluded by its path.", "Git ignores the file"],
  [
    "what a setting excludes",
    "legal/rates.ts",
    `// ${planted.excluded}`,
    "Excluded by its path.",
    "stillpoint.exclude",
  ],
  ["a link out of it", "src/linked.ts", `// ${planted.linked}`, "Outside of the workspace folder.", "symbolic link"],
])("captures nothing of %s, and says why", async (_what, path, text, rule, sentence) => {
  await write(path, text);
  await expect.poll(() => status(contributor), soon).toContain("This file is not captured:");
  const why = await whyNot(contributor, path);
  expect(why).toContain(rule);
  expect(why).toContain(sentence);
  await pictures(contributor, `why-${path.replaceAll(/\W+/gu, "-")}`);
});

it("captures what is beside all that, and has nothing of it anywhere", async () => {
  const { workbench, code, stillpoint } = contributor;
  await workbench.openFile("src/price.ts");
  await expect.poll(() => status(contributor), soon).toContain("On: your edits in this file are captured.");
  await write("src/price.ts", `export const ${allowed} = rateOf("be");`);

  const [event] = await sent(contributor, 1);
  expect(event?.settlement.text).toContain(allowed);
  expect(event?.snapshot.history.map(({ path }) => path)).toEqual(["src/price.ts"]);
  expect(event?.snapshot.definitions.filter(({ path }) => path.startsWith("legal/"))).toEqual([]);

  const everything = JSON.stringify(await stillpoint.events());
  expect(everything).toContain(allowed);
  // A VS Code server without its native modules writes no logs; then there is nothing to find in them.
  const log = (path: string) => path.endsWith(".log");
  for (const word of Object.values(planted)) {
    expect(everything).not.toContain(word);
    expect(filesWith(outboxFolder(contributor), word)).toEqual([]);
    expect(filesWith(stillpoint.dataDir, word)).toEqual([]);
    expect(filesWith(code.folder, word, log)).toEqual([]);
  }
  expect(filesWith(code.folder, allowed, log)).toEqual([]);
  expect(thiefWasAsked).toBe(0);
});
