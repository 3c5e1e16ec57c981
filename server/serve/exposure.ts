/** Who can reach a server that listens at an address, and by what names. */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { ServerConfiguration } from "../configuration/server.ts";
import { ConfigurationError } from "../errors.ts";
import type { EdgeSettings } from "../http/guards.ts";
import { loopbackNames } from "../http/guards.ts";
import { isSystemError } from "../jsonl/faults.ts";

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Every address of the machine, loopback among them. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Tokens and code would cross the network in the clear. @throws ConfigurationError */
export async function refuseInTheClear(
  host: string,
  { tls, behindProxy }: { tls: boolean; behindProxy: boolean },
): Promise<void> {
  if (isLoopback(host) || tls || behindProxy) return;
  if (!(isWildcard(host) || (await isOwnAddress(host)))) {
    throw new ConfigurationError(
      `${host} is no address of this machine, and no name of one. Use 127.0.0.1, or one that it has (--host ADDRESS).`,
    );
  }
  throw new ConfigurationError(
    `${host} is reached from other machines, so tokens and code would cross the network in the clear. ` +
      "Give a certificate (--tls-cert FILE --tls-key FILE), put a proxy that ends TLS before it (--behind-proxy), " +
      "or listen on 127.0.0.1.",
  );
}

async function isOwnAddress(host: string): Promise<boolean> {
  const own = new BlockList();
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    own.addAddress(address, family === "IPv6" ? "ipv6" : "ipv4");
  }
  try {
    const addresses = await lookup(host, { all: true });
    return addresses.some(({ address, family }) => own.check(address, family === 6 ? "ipv6" : "ipv4"));
  } catch (error) {
    // Nobody knows the name.
    if (isSystemError(error)) return false;
    throw error;
  }
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
