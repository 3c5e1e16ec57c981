/**
 * Claude, through the vendor's SDK. Current models refuse sampling parameters, prefilled answers, thinking budgets and
 * forced tool choice: none is sent. An answer is its text blocks, whatever other blocks stand between them.
 */
import { answerOf, anthropicClient, askedOf, isMessage } from "./anthropic-client.ts";
import type { Provider } from "./provider.ts";
import type { RemoteModel } from "./remote.ts";

export async function anthropicProvider(remote: RemoteModel): Promise<Provider> {
  const { exchange, understood } = await anthropicClient(remote);
  return {
    choicesPerRequest: 1,
    ask: (prompt, _choices, signal) =>
      exchange({ prompt, signal }, async (client, options) => {
        const limit = { max_tokens: remote.maxOutputTokens(prompt) };
        const message = await client.messages.create({ ...askedOf(remote, prompt), ...limit }, options);
        understood(isMessage(message));
        return [answerOf(message)];
      }),
    countTokens: (prompt, signal) =>
      exchange({ prompt, signal }, async (client, options) => {
        const { input_tokens: counted } = await client.messages.countTokens(askedOf(remote, prompt), options);
        understood(typeof counted === "number");
        return counted;
      }),
  };
}
