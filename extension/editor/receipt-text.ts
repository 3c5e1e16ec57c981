/** The receipt of a deletion: whether it is genuine, and what it says. */
import { createPublicKey, verify } from "node:crypto";
import type { Json } from "../../shared/canonical-json.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { SignedReceipt } from "../../shared/wire/deletion.ts";
import type { Translate } from "../gate/refusal.ts";
import { code, table } from "./markdown.ts";

/**
 * @param serverKey what the server says its key is (`GET /v1/receipt-key`): a signature by any other key proves nothing
 */
export function isGenuine({ receipt, signature }: SignedReceipt, serverKey: string): boolean {
  if (signature.publicKey !== serverKey) return false;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: serverKey }, format: "jwk" });
  const signed = Buffer.from(canonicalJson(receipt as unknown as Json), "utf8");
  return verify(null, signed, key, Buffer.from(signature.value, "base64url"));
}

export function receiptMarkdown({ receipt, signature }: SignedReceipt, genuine: boolean, t: Translate): string {
  const { deleted, datasets, backups, notes } = receipt;
  const sections = [
    `# ${t("Receipt of a deletion")}`,
    genuine
      ? t("Its signature is the server's: nothing in it was changed.")
      : t("**Its signature could not be verified.** Keep it, and ask whoever runs the server."),
    table(
      [t("Deletion"), ""],
      [
        [t("Id"), code(receipt.id)],
        [t("Contributor"), code(receipt.contributor)],
        [t("Asked for at"), receipt.requestedAt],
        [t("Done at"), receipt.completedAt],
        [t("Signed with"), code(signature.publicKey)],
      ],
    ),
    `## ${t("What was deleted")}`,
    Object.keys(deleted).length === 0
      ? t("None.")
      : table(
          [t("Kind"), t("Number")],
          Object.entries(deleted).map(([kind, count]) => [code(kind), String(count)]),
        ),
    `## ${t("Datasets that held rows of yours")}`,
    datasets.length === 0
      ? t("None.")
      : table(
          [t("Dataset"), t("Version"), t("Rows")],
          datasets.map(({ dataset, version, rows }) => [code(dataset), code(version), String(rows)]),
        ),
    `## ${t("Backups that still hold it")}`,
    backups.length === 0 ? t("None.") : backups.map(({ name, at }) => `- ${code(name)}, ${at}`).join("\n"),
    `## ${t("What the figures do not say")}`,
    notes.map((note) => `- ${note}`).join("\n"),
  ];
  return `${sections.join("\n\n")}\n`;
}
