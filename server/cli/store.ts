/** The store of DATA, as a command opens it: beside a server that writes to it, or where none runs. */
import { warningLog } from "../log.ts";
import type { Store, StoreOptions } from "../store/store.ts";
import { openStore } from "../store/store.ts";
import type { CliContext } from "./context.ts";

/** @throws Failure where there is no store yet, or it cannot be opened */
export async function openCliStore(
  cli: CliContext,
  access: Pick<StoreOptions, "readOnly" | "mustExist">,
): Promise<Store> {
  return openStore({ dataDir: cli.dataDir, ...access, log: warningLog((sentence) => cli.warn(sentence)) });
}
