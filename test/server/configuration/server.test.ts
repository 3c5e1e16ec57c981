/** The `server` section of the configuration, and the names that it makes a server answer to. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { hostName } from "../../../server/http/guards.ts";
import { edgeSettings } from "../../../server/serve/exposure.ts";

const folder = mkdtempSync(join(tmpdir(), "stillpoint-configuration-"));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  writeFileSync(join(folder, "stillpoint.yaml"), text);
  return loadConfiguration({ dataDir: folder, configFile: undefined, env: {} }).server;
}

describe("the server section", () => {
  it("names where the server listens, how it is called, and how much it takes", () => {
    const written =
      "server: { host: 0.0.0.0, port: 8080, behindProxy: true, hosts: [a.example.com], requestsPerSecond: 5 }";
    expect(load(written)).toEqual({
      host: "0.0.0.0",
      port: 8080,
      behindProxy: true,
      hosts: ["a.example.com"],
      requestsPerSecond: 5,
    });
    expect(load("seed: 2")).toBeUndefined();
  });

  it.each([
    ["server: { port: 70000 }", "server.port"],
    ["server: { hosts: ['a.example.com:80'] }", "server.hosts[0]: is no name or address"],
    ["server: { hosts: ['https://a.example.com'] }", "server.hosts[0]: is no name or address"],
    ["server: { origins: ['a.example.com'] }", "server.origins[0]: is no origin"],
    ["server: { origins: ['https://a.example.com/path'] }", "server.origins[0]: is no origin"],
    ["server: { behindproxy: true }", "Did you mean behindProxy?"],
  ])("refuses %s", (text, sentence) => {
    expect(() => load(text)).toThrow(sentence);
  });
});

describe("the names of a server", () => {
  it("are the loopback's, the address it listens on, and those of the configuration", () => {
    const { hosts } = edgeSettings("Stillpoint.example.com", { hosts: ["a.example.com"] }, false);
    expect([...hosts].sort()).toEqual(["127.0.0.1", "::1", "a.example.com", "localhost", "stillpoint.example.com"]);
  });

  it("are not the wildcard address: no client calls it that", () => {
    expect(edgeSettings("0.0.0.0", {}, true).hosts.has("0.0.0.0")).toBe(false);
  });

  it.each([
    ["localhost", "localhost"],
    ["LocalHost:7431", "localhost"],
    ["localhost.", "localhost"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]", "::1"],
    ["[2001:DB8::1]:7431", "2001:db8::1"],
    ["", undefined],
    ["localhost:port", undefined],
    ["localhost:1:2", undefined],
    ["a@localhost", undefined],
    ["localhost/x", undefined],
    ["localhost\texample.com", undefined],
    ["::1", undefined],
  ])("as in a Host header: %j is %s", (host, name) => {
    expect(hostName(host)).toBe(name);
  });
});
