/** The provider that asks a model's vendor. An SDK takes a while to load: not before there is something to ask. */
import type { BatchProvider } from "./batch-provider.ts";
import type { Provider } from "./provider.ts";
import type { RemoteModel } from "./remote.ts";

export async function openProvider(remote: RemoteModel): Promise<Provider> {
  if (remote.provider === "anthropic") return (await import("./anthropic.ts")).anthropicProvider(remote);
  return (await import("./openai.ts")).openAiProvider(remote);
}

/** Undefined where the vendor takes no batches. */
export async function openBatchProvider(remote: RemoteModel): Promise<BatchProvider | undefined> {
  if (remote.provider !== "anthropic") return undefined;
  return (await import("./anthropic-batches.ts")).anthropicBatches(remote);
}
