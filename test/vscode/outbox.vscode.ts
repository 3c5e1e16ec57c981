/**
 * What was captured while the server is away: it waits, can be read and dropped, outlives VS Code's own death, and arrives
 * once, from whichever window.
 */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Contributor } from "./contributor.ts";
import { connect, consent, newContributor, pictures, sent, settling, soon, status } from "./contributor.ts";
import { repositoryRoot } from "./program.ts";
import { startVsCodeServer } from "./server.ts";
import { edit, pictureOfFailure } from "./steps.ts";
import { openWorkbench } from "./workbench.ts";

let contributor: Contributor;

beforeAll(async () => {
  contributor = await newContributor({
    files: { "src/first.ts": "export const first = 1;\n", "src/second.ts": "export const second = 2;\n" },
  });
  await contributor.workbench.openFile("src/first.ts");
  await connect(contributor);
  await consent(contributor);
  await contributor.workbench.command("Stillpoint: Send Pending Data Now");
  await contributor.workbench.notification("Everything was sent.").waitFor();
});

afterEach(({ task }) => pictureOfFailure(contributor, task));

afterAll(() => contributor?.end());

it("keeps what is captured while the server is away, and says how much", async () => {
  const { workbench, stillpoint } = contributor;
  await stillpoint.goAway();
  await edit(contributor, "src/first.ts", "export const wisteria = 3;");
  await edit(contributor, "src/second.ts", "export const magnolia = 4;");
  await expect.poll(() => status(contributor), settling).toContain("2 events wait to be sent.");
  await workbench.command("Stillpoint: Send Pending Data Now");
  await expect.poll(() => status(contributor), soon).toMatch(/2 events wait to be sent\. .*reach/u);
  await pictures(contributor, "status-offline");
});

it("lists what waits, shows it whole, and lets the person drop one", async () => {
  const { workbench } = contributor;
  await workbench.command("Stillpoint: Review Pending Data");
  await workbench.listEntry("first.ts").click();
  await workbench.listEntry("Settled snapshot").click();
  const shown = await workbench.rendered("wisteria");
  expect(shown).toContain("Settled snapshot of src/first.ts");
  expect(shown).toContain("What you wrote next");
  await pictures(contributor, "pending");

  await workbench.entryAction("Settled snapshot", "Drop: Never Send");
  await expect.poll(() => status(contributor), soon).toContain("One event waits to be sent.");
  await workbench.listEntry("first.ts").waitFor({ state: "detached" });
  await workbench.listEntry("second.ts").waitFor();
});

it("outlives VS Code, and sends once what waited when both are back", async () => {
  const { code, folder, stillpoint } = contributor;
  await code.kill();
  const restarted = await startVsCodeServer({ after: code });
  const options = { server: restarted, folder, extension: repositoryRoot };
  await contributor.goOn(restarted, await openWorkbench({ ...options, beside: contributor.workbench }));
  await expect.poll(() => status(contributor), settling).toContain("One event waits to be sent.");

  await stillpoint.comeBack();
  await contributor.workbench.command("Stillpoint: Send Pending Data Now");
  const [event] = await sent(contributor, 1);
  expect(event?.settlement.text).toContain("magnolia");
  await expect.poll(() => status(contributor), soon).not.toContain("to be sent");
});

it("sends what two windows capture, once each", async () => {
  const { code, folder, stillpoint, workbench } = contributor;
  await stillpoint.goAway();
  const other = await openWorkbench({ server: code, folder, extension: repositoryRoot, beside: workbench });
  await edit(contributor, "src/first.ts", "export const hydrangea = 5;");
  await edit({ workbench: other }, "src/second.ts", "export const camellia = 6;");
  for (const window of [workbench, other]) {
    await expect.poll(() => status({ workbench: window }), settling).toContain("2 events wait to be sent.");
  }
  await stillpoint.comeBack();
  await workbench.command("Stillpoint: Send Pending Data Now");
  await other.command("Stillpoint: Send Pending Data Now");
  const texts = (await sent(contributor, 3)).map(({ settlement }) => settlement.text).join("");
  expect(texts).toContain("hydrangea");
  expect(texts).toContain("camellia");
  for (const window of [workbench, other]) {
    await expect.poll(() => status({ workbench: window }), settling).not.toContain("to be sent");
  }
  await sent(contributor, 3);
  await other.close();
});
