/** What `--model` takes: a NAME of the configuration, `builtin`, or `PROVIDER:MODEL[@URL]`. */

import type { Configuration, ModelConfiguration } from "../configuration/configuration.ts";
import { providerName } from "../configuration/configuration.ts";
import { nearestName } from "../configuration/nearest.ts";
import { ConfigurationError } from "../errors.ts";
import { BUILTIN_ID, isBuiltin } from "./builtin-id.ts";

const providers = providerName.options;

const examples =
  "Examples: builtin, anthropic:claude-opus-5, openai:MODEL@http://127.0.0.1:8000/v1, or a NAME from models: in stillpoint.yaml.";

/** Gateways that serve Claude by Google's names have snapshots such as `claude-opus-4@20250514` and `@default`. */
const claudeSnapshot = /^(?:\d{8}|default|latest)$/u;

export type ModelSpec =
  | { readonly kind: "builtin" }
  /** `name` where it came from the configuration. */
  | { readonly kind: "provider"; readonly name: string | undefined; readonly settings: ModelConfiguration };

/**
 * Reads a spec. PROVIDER:MODEL[@URL] is split at the first `:` and the last `@http`, since models may hold either. What
 * stands behind an `@` without a URL is refused: an address that forgot its http:// would send code to the vendor.
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
  if (at < 0) {
    refuseNoUrl(spec, provider, model);
    return { kind: "provider", name: undefined, settings: { provider, model } };
  }
  const baseUrl = rest.slice(at + 1);
  if (!/^https?:\/\/[^/]/u.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new ConfigurationError(`"${spec}": ${baseUrl} is no address. ${examples}`);
  }
  return { kind: "provider", name: undefined, settings: { provider, model, baseUrl } };
}

function isProvider(text: string): text is ModelConfiguration["provider"] {
  return (providers as readonly string[]).includes(text);
}

function refuseNoUrl(spec: string, provider: ModelConfiguration["provider"], model: string): void {
  const at = model.lastIndexOf("@");
  if (at < 0 || (provider === "anthropic" && claudeSnapshot.test(model.slice(at + 1)))) return;
  const written = `http://${model.slice(at + 1).replace(/^http:\/\//iu, "")}`;
  const url = URL.canParse(written) && new URL(written).username === "" ? written : "http://localhost:8000/v1";
  throw new ConfigurationError(
    `"${spec}": what stands behind the @ is no URL, which begins with http:// or https://. For a server of your own, ` +
      `write ${provider}:${model.slice(0, at) || "MODEL"}@${url}. ${examples}`,
  );
}

function unknownName(spec: string, configuration: Configuration): ConfigurationError {
  if (isProvider(spec)) return new ConfigurationError(`"${spec}" names a provider but no model. ${examples}`);
  const names = [BUILTIN_ID, ...Object.keys(configuration.models)];
  const nearest = nearestName(spec, names);
  const hint = nearest === undefined ? `Known names: ${names.join(", ")}.` : `Did you mean ${nearest}?`;
  return new ConfigurationError(`there is no model "${spec}". ${hint} ${examples}`);
}
