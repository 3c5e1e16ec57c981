/** A fault of a database, apart from what opens one: it is thrown and caught where no database is. */
import { Failure } from "../errors.ts";
import type { UnavailableCode } from "./faults.ts";

/** What the file or the disk did not do, as a sentence for the operator, and what kind of fault it is. */
export class DatabaseFault extends Failure {
  readonly kind: UnavailableCode;

  constructor(kind: UnavailableCode, sentence: string, cause: unknown) {
    super(sentence, { cause });
    this.kind = kind;
  }
}
