/** The receipt of a deletion, as a document. */
import type { SignedReceipt } from "../../shared/wire/deletion.ts";
import type { ReceiptCheck } from "../connection/receipt.ts";
import type { Translate } from "../translate.ts";
import { code, table } from "./markdown.ts";
import { deletedText } from "./record-words.ts";

export function receiptMarkdown({ receipt, signature }: SignedReceipt, check: ReceiptCheck, t: Translate): string {
  const { deleted, datasets, backups, notes } = receipt;
  const sections = [
    `# ${t("Receipt of a deletion")}`,
    check.ok
      ? t("Its signature is the server's: nothing in it was changed.")
      : [
          `**${t("It could not be verified.")}** ${check.sentence}`,
          t("Keep it, and ask whoever runs the server."),
        ].join("\n\n"),
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
          Object.entries(deleted).map(([kind, count]) => [deletedText(kind, t), String(count)]),
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
