/** Who can reach a server that listens at an address, and by what names. */
import { isIP } from "node:net";
import type { ServerConfiguration } from "../configuration/server.ts";
import { ConfigurationError } from "../errors.ts";
import type { EdgeSettings } from "../http/guards.ts";
import { loopbackNames } from "../http/guards.ts";

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Every address of the machine, loopback among them. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Tokens and code would cross the network in the clear. @throws ConfigurationError */
export function refuseInTheClear(host: string, { tls, behindProxy }: { tls: boolean; behindProxy: boolean }): void {
  if (isLoopback(host) || tls || behindProxy) return;
  throw new ConfigurationError(
    `${host} is reached from other machines, so tokens and code would cross the network in the clear. ` +
      "Give a certificate (--tls-cert FILE --tls-key FILE), put a proxy that ends TLS before it (--behind-proxy), " +
      "or listen on 127.0.0.1.",
  );
}

export function edgeSettings(host: string, configuration: ServerConfiguration, behindProxy: boolean): EdgeSettings {
  const hosts = new Set([...loopbackNames, ...(configuration.hosts ?? [])]);
  if (!isWildcard(host)) hosts.add(host.toLowerCase());
  return { hosts, origins: new Set(configuration.origins ?? []), behindProxy };
}

/** An origin, with the brackets that an IPv6 address takes. */
export function originOf(scheme: "http" | "https", host: string, port: number): string {
  return `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
