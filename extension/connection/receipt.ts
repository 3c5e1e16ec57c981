/** Whether a receipt proves what it says: to the person it was given to, on their own machine. */
import { isSignedBy } from "../../shared/receipt-signature.ts";
import type { SignedReceipt } from "../../shared/wire/deletion.ts";

export type ReceiptCheck = { readonly ok: true } | { readonly ok: false; readonly sentence: string };

interface ReceiptFacts {
  /** The server's key, as `client.receiptKey` gave it. */
  readonly publicKey: string;
  /** What was asked for. */
  readonly deletionId: string;
  /** The pseudonym whose data were deleted. */
  readonly contributor: string;
}

export function checkReceipt(
  signed: SignedReceipt,
  { publicKey, deletionId, contributor }: ReceiptFacts,
): ReceiptCheck {
  if (signed.signature.publicKey !== publicKey)
    return refused("The receipt was signed by another key than the server's.");
  if (!isSignedBy(signed, publicKey)) return refused("The receipt is not what the server signed.");
  if (signed.receipt.id !== deletionId) return refused("The receipt is of another deletion.");
  if (signed.receipt.contributor !== contributor) return refused("The receipt is of another person's data.");
  return { ok: true };
}

function refused(sentence: string): ReceiptCheck {
  return { ok: false, sentence };
}
