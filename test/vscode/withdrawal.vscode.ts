/** Taking consent back, and having deleted what was sent: nothing waits any more, and the receipt proves the rest. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { isSignedBy } from "../../shared/receipt-signature.ts";
import { deletionList, receiptKey, signedReceipt } from "../../shared/wire/deletion.ts";
import type { Contributor } from "./contributor.ts";
import {
  connect,
  consent,
  filesWith,
  newContributor,
  outboxFolder,
  pictures,
  sent,
  settling,
  soon,
  status,
} from "./contributor.ts";
import { edit, pictureOfFailure } from "./steps.ts";

let contributor: Contributor;

beforeAll(async () => {
  contributor = await newContributor({
    files: { "src/first.ts": "export const first = 1;\n", "src/second.ts": "export const second = 2;\n" },
  });
  await contributor.workbench.openFile("src/first.ts");
  await connect(contributor);
  await consent(contributor);
});

afterEach(({ task }) => pictureOfFailure(contributor, task));

afterAll(() => contributor?.end());

/** The receipts that the server knows, oldest first. */
async function receipts() {
  const { deletions } = deletionList.parse(await contributor.stillpoint.request("GET", "/v1/deletions"));
  return deletions.flatMap(({ receipt }) => receipt ?? []);
}

it("drops what waits when consent is withdrawn, and deletes what was sent if asked", async () => {
  const { workbench, stillpoint, folder } = contributor;
  await edit(contributor, "src/first.ts", "export const wisteria = 3;");
  await sent(contributor, 1);
  await stillpoint.goAway();
  await edit(contributor, "src/second.ts", "export const magnolia = 4;");
  await expect.poll(() => status(contributor), settling).toContain("One event waits to be sent.");
  expect(filesWith(outboxFolder(contributor), "magnolia")).not.toEqual([]);

  await workbench.command("Stillpoint: Stop Contributing in This Workspace");
  await workbench.notification("Stopped. What waited was dropped: 1.").waitFor();
  await pictures(contributor, "stopped");
  expect(filesWith(outboxFolder(contributor), "magnolia")).toEqual([]);
  await expect.poll(() => status(contributor), soon).toContain("Off: nothing is captured here.");

  await stillpoint.comeBack();
  await workbench.choose("Delete What Was Sent");
  await workbench.dialogue("Delete everything that").waitFor();
  await pictures(contributor, "delete");
  await workbench.choose("Delete Everything");
  expect(await workbench.rendered("What was deleted")).toContain("Its signature is the server's");
  await pictures(contributor, "receipt");
  expect((await stillpoint.events()).filter(({ type }) => type === "snapshot.settled")).toEqual([]);

  await workbench.choose("Keep the Receipt");
  const kept = join(folder, "receipt.json");
  await workbench.saveAs(kept);
  await expect.poll(() => filesWith(folder, "Ed25519"), soon).toEqual([kept]);
  const receipt = signedReceipt.parse(JSON.parse(readFileSync(kept, "utf8")));
  const { publicKey } = receiptKey.parse(await stillpoint.request("GET", "/v1/receipt-key"));
  expect(isSignedBy(receipt, publicKey)).toBe(true);
  expect([receipt]).toEqual(await receipts());
  expect(receipt.receipt.deleted).toMatchObject({ "events.snapshot.settled": 1 });
});

it("deletes everything of a person who goes on contributing", async () => {
  const { workbench, stillpoint } = contributor;
  await workbench.openFile("src/first.ts");
  await consent(contributor);
  await edit(contributor, "src/first.ts", "\nexport const hydrangea = 5;");
  await sent(contributor, 1);
  await workbench.command("Stillpoint: Delete My Data");
  await workbench.choose("Delete Everything");
  await expect.poll(async () => (await receipts()).length, soon).toBe(2);
  const [, receipt] = await receipts();
  const said = await workbench.rendered(receipt?.receipt.id ?? "no receipt");
  expect(said).toContain("Its signature is the server's");
  expect((await stillpoint.events()).filter(({ type }) => type === "snapshot.settled")).toEqual([]);
  await workbench.openFile("src/first.ts");
  await expect.poll(() => status(contributor), soon).toContain("On: your edits in this file are captured.");
});
