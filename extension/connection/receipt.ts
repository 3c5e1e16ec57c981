/** Whether a receipt proves what it says: to the person it was given to, on their own machine. */
import { isSignedBy } from "../../shared/receipt-signature.ts";
import type { SignedReceipt } from "../../shared/wire/deletion.ts";
import type { Translate } from "../translate.ts";
import { inEnglish } from "../translate.ts";
import { sayIn } from "./sentences.ts";

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
  translate: Translate = inEnglish,
): ReceiptCheck {
  const say = sayIn(translate);
  if (signed.signature.publicKey !== publicKey) return refused(say("receiptOtherKey"));
  if (!isSignedBy(signed, publicKey)) return refused(say("receiptChanged"));
  if (signed.receipt.id !== deletionId) return refused(say("receiptOtherDeletion"));
  if (signed.receipt.contributor !== contributor) return refused(say("receiptOtherPerson"));
  return { ok: true };
}

function refused(sentence: string): ReceiptCheck {
  return { ok: false, sentence };
}
