import { describe, expect, it } from "vitest";
import { findPersonalData } from "../../../shared/privacy/personal.ts";

const found = (text: string) =>
  findPersonalData(text).flatMap(({ parts }) => parts.map(({ start, end }) => text.slice(start, end)));

describe("an IP address", () => {
  // One on either side of each special-purpose block (RFC 6890).
  it.each([
    "9.40.40.40",
    "11.40.40.40",
    "100.63.40.40",
    "100.128.40.40",
    "126.40.40.40",
    "128.40.40.40",
    "169.253.40.40",
    "172.15.40.40",
    "172.32.40.40",
    "192.0.1.40",
    "192.0.3.40",
    "192.167.40.40",
    "198.17.40.40",
    "198.20.40.40",
    "198.51.99.40",
    "203.0.112.40",
    "203.0.114.40",
    "223.40.40.40",
    "2a0b:40::40",
    "2001:db9::40",
    "2a0b:1:2:3:4:5:6:7",
  ])("that anybody can reach is personal: %s", (address) => {
    expect(found(`connect("${address}")`)).toEqual([address]);
  });

  it.each([
    "0.40.40.40",
    "10.40.40.40",
    "100.64.40.40",
    "100.127.40.40",
    "127.0.0.1",
    "169.254.40.40",
    "172.16.40.40",
    "172.31.40.40",
    "192.0.2.40",
    "192.168.40.40",
    "198.18.40.40",
    "198.19.40.40",
    "198.51.100.40",
    "203.0.113.40",
    "224.0.0.251",
    "255.255.255.255",
    "8.8.8.8",
    "2001:db8::40",
    "2001:0db8:0:0:0:0:0:40",
    "fe80::40",
    "300.40.40.40",
  ])("of a network's own, of documentation, of everybody or of nobody is not: %s", (address) => {
    expect(found(`connect("${address}")`)).toEqual([]);
  });

  it.each(["Chrome/120.0.6099.71", 'version = "90.40.40.40"', "v90.40.40.40", "1.2.840.113549", "40.40.40.40.40"])(
    "is none that is a version or an object's number: %s",
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

describe("a home folder", () => {
  it.each([
    ["/home/adalove/src", "/home/adalove"],
    ["/Users/adalove/src", "/Users/adalove"],
    ["C:\\Users\\adalove\\src", "C:\\Users\\adalove"],
    ["C:\\\\Users\\\\adalove", "C:\\\\Users\\\\adalove"],
    ["d:/Users/adalove", "d:/Users/adalove"],
    ["C:\\Users\\Ada Love\\src", "C:\\Users\\Ada Love"],
    ["/home/adaïs/src", "/home/adaïs"],
    ["/mnt/c/Users/adalove/src", "/mnt/c/Users/adalove"],
    ["/var/home/adalove/src", "/var/home/adalove"],
    ["/Volumes/Macintosh HD/Users/adalove/src", "/Volumes/Macintosh HD/Users/adalove"],
    ["\\\\wsl$\\Ubuntu\\home\\adalove\\src", "\\\\wsl$\\Ubuntu\\home\\adalove"],
    ["\\\\wsl.localhost\\Ubuntu\\home\\adalove", "\\\\wsl.localhost\\Ubuntu\\home\\adalove"],
    ["file:///home/adalove/src", "/home/adalove"],
    ["file:///c%3A/Users/adalove/src", "c%3A/Users/adalove"],
    ["vscode-remote://wsl%2Bubuntu/home/adalove/src", "/home/adalove"],
    ["by\\n/home/adalove/src", "/home/adalove"],
  ])("is found with its person: %s", (text, folder) => {
    expect(found(`open("${text}")`)).toEqual([folder]);
  });

  it.each([
    "/home/runner/work",
    "/Users/shared/x",
    "C:\\Users\\Public\\x",
    "/home/about",
    "src/home/adalove/x",
    "~/x",
    "https://example.com/home/adalove/x",
    "/home/components/x",
  ])("of no person is left: %s", (text) => {
    expect(found(`open("${text}")`)).toEqual([]);
  });
});

describe("the account in an address", () => {
  it.each(["ssh://adalove@box.engine.io/x", "https://adalove:x@engine.io/x", "sftp://adalove@10.0.0.3"])(
    "is found: %s",
    (text) => {
      expect(found(text)).toEqual(["adalove"]);
    },
  );

  it.each([
    "ssh://git@engine.io/x",
    "https://x-access-token:x@engine.io",
    "https://adalove@example.com/",
    "postgres://shop@engine.io/x",
  ])("of nobody is left: %s", (text) => {
    expect(found(text)).toEqual([]);
  });
});
