/**
 * The configuration file, `DATA/stillpoint.yaml` or `--config FILE`. Precedence: flag, then `STILLPOINT_*` variable,
 * then this file, then default. Keys of models are named in it (`apiKeyEnv`), never written.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Document } from "yaml";
import { parseDocument } from "yaml";
import * as z from "zod/mini";
import { natural, nonEmpty } from "../../shared/records/fields.ts";
import { ConfigurationError } from "../errors.ts";
import { readFault } from "../jsonl/faults.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import { pricesConfiguration } from "./prices.ts";
import type { ServerConfiguration } from "./server.ts";
import { serverConfiguration } from "./server.ts";
import { validate } from "./validate.ts";

/** Node's fetch waits no longer for an answer to begin. */
export const maxTimeoutMs = 300_000;

const atLeastOne = z.int().check(z.minimum(1));

const samplingConfiguration = z.strictObject({
  /** null: send none, for models that refuse it. */
  temperature: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(2)))),
  topP: z.optional(z.nullable(z.number().check(z.positive(), z.maximum(1)))),
});

const limitsConfiguration = z.strictObject({
  /** A lower bound than the prompt's own; decides answers, so it is part of a model's identity. */
  maxOutputTokens: z.optional(atLeastOne),
  /** What the vendor allows the account, where its answers do not say it themselves; what they say goes no higher. */
  requestsPerMinute: z.optional(atLeastOne),
  inputTokensPerMinute: z.optional(atLeastOne),
  /** How often the SDK asks again after a transient fault. */
  maxRetries: z.optional(natural),
  timeoutMs: z.optional(atLeastOne.check(z.maximum(maxTimeoutMs))),
  /** Choices asked for in one request, where the provider gives several. 1: one request a sample. */
  choicesPerRequest: z.optional(atLeastOne.check(z.maximum(128))),
  /** What one batch holds at most. A small one ends sooner; a big one is held in memory. */
  requestsPerBatch: z.optional(atLeastOne.check(z.maximum(100_000))),
  bytesPerBatch: z.optional(atLeastOne.check(z.maximum(200_000_000))),
});

export const providerName = z.enum(["anthropic", "openai"]);

const modelConfiguration = z.strictObject({
  provider: providerName,
  model: nonEmpty,
  /** The checkpoint. Required of a self-hosted model, since new weights under an old name are another model. */
  revision: z.optional(nonEmpty),
  baseUrl: z.optional(z.url({ protocol: /^https?$/u })),
  /** Name of the variable that holds the key. */
  apiKeyEnv: z.optional(z.string().check(z.regex(/^[A-Za-z_]\w*$/u, "is no name of an environment variable"))),
  /** `teacher`, or the student format it was trained on. */
  promptFormat: z.optional(nonEmpty),
  limits: z.optional(limitsConfiguration),
  sampling: z.optional(samplingConfiguration),
  /** Without them a cost is unknown, and neither a budget nor a dry run is possible. */
  prices: z.optional(pricesConfiguration),
});
export type ModelConfiguration = z.infer<typeof modelConfiguration>;

/** A colon would read as PROVIDER:MODEL. */
const modelName = z.string().check(
  z.regex(/^[\w.-]+$/u, "is no name for a model: letters, digits, . _ - only"),
  z.refine((name) => !isBuiltin(name), "is the name of the model that is always there; take another"),
);

const configurationFile = z.strictObject({
  /** How many requests may be under way at once. */
  concurrency: z.optional(atLeastOne),
  seed: z.optional(natural),
  models: z.optional(z.record(modelName, modelConfiguration)),
  server: z.optional(serverConfiguration),
});

export interface Configuration {
  readonly concurrency: number;
  readonly seed: number;
  readonly models: Readonly<Record<string, ModelConfiguration>>;
  /** What the file says of the companion server. */
  readonly server?: ServerConfiguration | undefined;
  /** The file it was read from, as it is named to people; undefined where there is none. */
  readonly file: string | undefined;
}

const defaults = { concurrency: 4, seed: 1 } as const;

export interface ConfigurationSource {
  /** DATA as an absolute path. */
  readonly dataDir: string;
  /** `--config` or `STILLPOINT_CONFIG` as an absolute path; it must exist. Undefined: `DATA/stillpoint.yaml`, if it does. */
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What flags set; they win over everything. */
  readonly flags?: { readonly concurrency?: number | undefined; readonly seed?: number | undefined };
}

/** @throws ConfigurationError that names the file, the key and what would be right, for every fault at once */
export function loadConfiguration(source: ConfigurationSource): Configuration {
  const file = source.configFile ?? join(source.dataDir, "stillpoint.yaml");
  const text = readIfThere(file, source.configFile !== undefined);
  const written = text === undefined ? {} : parseConfiguration(text, file);
  return {
    concurrency:
      source.flags?.concurrency ??
      wholeNumber(source.env, "STILLPOINT_CONCURRENCY", 1) ??
      written.concurrency ??
      defaults.concurrency,
    seed: source.flags?.seed ?? wholeNumber(source.env, "STILLPOINT_SEED", 0) ?? written.seed ?? defaults.seed,
    models: written.models ?? {},
    server: written.server,
    file: text === undefined ? undefined : file,
  };
}

function readIfThere(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !required) return undefined;
    throw readFault(error, `the configuration ${file}`);
  }
}

function parseConfiguration(text: string, file: string): z.infer<typeof configurationFile> {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  // The parser's message ends in a picture of the text: its first line says what and where.
  if (fault) throw new ConfigurationError(`${file} is no valid YAML: ${fault.message.split("\n")[0]}`);
  const result = validate(configurationFile, valuesIn(document, file) ?? {});
  if (result.ok) return result.value;
  throw new ConfigurationError(`${file}: ${result.problems.join(" ")}`);
}

/** An alias without its anchor, or aliases that grow without end, are found only here. */
function valuesIn(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigurationError(`${file} is no valid YAML: ${(error as Error).message}`);
  }
}

function wholeNumber(env: ConfigurationSource["env"], name: string, least: number): number | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  if (/^\d+$/u.test(value) && Number.isSafeInteger(number) && number >= least) return number;
  throw new ConfigurationError(`${name} must be a whole number of at least ${least}, not "${value}".`);
}
