/** What `--model` takes: a NAME of the configuration, `builtin`, or `PROVIDER:MODEL[@URL]`. */

import type { Configuration, ModelConfiguration } from "../configuration/configuration.ts";
import { providerName } from "../configuration/configuration.ts";
import { nearestName } from "../configuration/nearest.ts";
import { ConfigurationError } from "../errors.ts";
import { BUILTIN_ID, isBuiltin } from "./builtin-id.ts";

const providers = providerName.options;

const examples =
  "Examples: builtin, anthropic:claude-opus-5, openai:MODEL@http://127.0.0.1:8000/v1, or a NAME from models: in stillpoint.yaml.";

export type ModelSpec =
  | { readonly kind: "builtin" }
  /** `name` where it came from the configuration. */
  | { readonly kind: "provider"; readonly name: string | undefined; readonly settings: ModelConfiguration };

/**
 * Reads a spec. PROVIDER:MODEL[@URL] is split at the first `:` and the last `@http`, since models may hold either.
 * @throws ConfigurationError that says what is wrong, with examples
 */
export function parseModelSpec(spec: string, configuration: Configuration): ModelSpec {
  if (isBuiltin(spec)) return { kind: "builtin" };
  const named = Object.hasOwn(configuration.models, spec) ? configuration.models[spec] : undefined;
  if (named) return { kind: "provider", name: spec, settings: named };
  const colon = spec.indexOf(":");
  if (colon < 0) throw unknownName(spec, configuration);
  const provider = spec.slice(0, colon);
  if (!isProvider(provider)) {
    const nearest = nearestName(provider, providers);
    const hint = nearest === undefined ? `Providers are ${providers.join(" and ")}.` : `Did you mean ${nearest}?`;
    throw new ConfigurationError(`"${spec}": there is no provider "${provider}". ${hint} ${examples}`);
  }
  const rest = spec.slice(colon + 1);
  const at = rest.lastIndexOf("@http");
  const model = at < 0 ? rest : rest.slice(0, at);
  if (model === "") throw new ConfigurationError(`"${spec}" names no model behind ${provider}:. ${examples}`);
  if (at < 0) return { kind: "provider", name: undefined, settings: { provider, model } };
  const baseUrl = rest.slice(at + 1);
  if (!/^https?:\/\/[^/]/u.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new ConfigurationError(`"${spec}": ${baseUrl} is no address. ${examples}`);
  }
  return { kind: "provider", name: undefined, settings: { provider, model, baseUrl } };
}

function isProvider(text: string): text is ModelConfiguration["provider"] {
  return (providers as readonly string[]).includes(text);
}

function unknownName(spec: string, configuration: Configuration): ConfigurationError {
  if (isProvider(spec)) return new ConfigurationError(`"${spec}" names a provider but no model. ${examples}`);
  const names = [BUILTIN_ID, ...Object.keys(configuration.models)];
  const nearest = nearestName(spec, names);
  const hint = nearest === undefined ? `Known names: ${names.join(", ")}.` : `Did you mean ${nearest}?`;
  return new ConfigurationError(`there is no model "${spec}". ${hint} ${examples}`);
}
