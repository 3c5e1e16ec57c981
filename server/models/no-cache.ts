/** For answers that nobody is to keep: what is predicted while somebody types is theirs, and is not asked for again. */
import type { AnswerCache } from "../store/cache.ts";

export const noCache: AnswerCache = {
  lookup: async () => new Map(),
  peek: async () => new Map(),
  meanLatencyMs: async () => undefined,
  storeAnswers: async () => new Map(),
  demote: async () => undefined,
  promote: async () => undefined,
  storeFaults: async () => undefined,
  close: () => undefined,
};
