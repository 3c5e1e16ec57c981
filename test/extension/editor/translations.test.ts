/** Every sentence that a person can meet has its Chinese, and the manifest's names are all there. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { addressSentences } from "../../../extension/connection/origin.ts";
import { connectionSentences } from "../../../extension/connection/sentences.ts";
import { runtimeCommandNames } from "../../../extension/editor/command-names.ts";
import { purposes, sentences } from "../../../extension/gate/refusal.ts";
import { faultSentences } from "../../../extension/outbox/faults.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const json = (path: string) => JSON.parse(read(path)) as Record<string, string>;
const literal = String.raw`"((?:[^"\\]|\\.)*)"`;
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/gu))].sort();

/** Messages that are chosen at run time stand in tables. */
const tables = [sentences, purposes, connectionSentences, addressSentences, faultSentences];

/** Of the tables, and the literals of `t(…)` in the editor's files. */
function messages(): Set<string> {
  const found = new Set<string>(tables.flatMap((table) => Object.values(table)));
  const add = (folder: string, pattern: RegExp) => {
    for (const file of readdirSync(join(root, folder))) {
      for (const match of read(join(folder, file)).matchAll(pattern)) {
        const text = match.slice(1).find((group) => group !== undefined);
        if (text !== undefined) found.add(JSON.parse(`"${text}"`) as string);
      }
    }
  };
  add("extension/editor", new RegExp(String.raw`\bt\(\s*${literal}`, "gu"));
  return found;
}

describe("the Chinese bundle", () => {
  const bundle = json("l10n/bundle.l10n.zh-cn.json");
  it("has every message of the sources, and none that is gone", () => {
    expect(Object.keys(bundle).sort()).toEqual([...messages()].sort());
  });
  it("has in each the placeholders of the English", () => {
    for (const [english, chinese] of Object.entries(bundle)) {
      expect({ english, placeholders: placeholders(chinese) }).toEqual({
        english,
        placeholders: placeholders(english),
      });
    }
  });
});

describe("the sources", () => {
  it.each(["connection", "outbox", "gate", "capture", "context"])(
    "hold no sentence in extension/%s but in a table: a person would read it in English",
    (folder) => {
      for (const file of readdirSync(join(root, "extension", folder))) {
        const text = read(join("extension", folder, file));
        expect({ file, found: text.match(/\bsentence: ?["`]|\b(?:say|t|translate)\(["`][A-Z]/gu) }).toEqual({
          file,
          found: null,
        });
      }
    },
  );
});

describe("the manifest", () => {
  const manifest = JSON.parse(read("package.json")) as {
    contributes: {
      commands: { command: string }[];
      menus: Record<string, { command: string }[]>;
      configuration: { properties: Record<string, { scope?: string; default: unknown; markdownDescription?: string }> };
    };
  };
  const { commands, menus, configuration } = manifest.contributes;
  const named = new Set(
    JSON.stringify(manifest)
      .match(/%[\w.]+%/gu)
      ?.map((each) => each.slice(1, -1)),
  );

  it.each(["package.nls.json", "package.nls.zh-cn.json"])(
    "finds its names in %s, and nothing else is there",
    (file) => {
      expect(Object.keys(json(file)).sort()).toEqual([...named].sort());
    },
  );
  it("declares the commands that are registered, and no others", () => {
    const registered = ["showLog", ...runtimeCommandNames].map((name) => `stillpoint.${name}`);
    expect(commands.map(({ command }) => command).sort()).toEqual(registered.sort());
    const offered = Object.values(menus).flatMap((entries) => entries.map(({ command }) => command));
    for (const command of offered) expect(registered).toContain(command);
  });
  it("asks only for context keys that are set, and every one that is set is asked for", () => {
    const conditions = [...JSON.stringify(manifest).matchAll(/"when":"([^"]*)"|"onContext:([^"]*)"/gu)];
    const asked = conditions.flatMap(([, when = "", context = ""]) =>
      `${when} ${context}`.replace(/view(?:Item)? == [\w.]+/gu, "").match(/stillpoint\.\w+/gu),
    );
    const sources = readdirSync(join(root, "extension/editor")).map((file) => read(join("extension/editor", file)));
    const set = sources.flatMap((text) => [...text.matchAll(/setContext\("(stillpoint\.\w+)"/gu)]);
    const distinct = (names: readonly (string | null | undefined)[]) => [...new Set(names)].filter(Boolean).sort();
    expect(distinct(set.map(([, name]) => name))).toEqual(distinct(asked));
  });
  it("lets no workspace name a server, and switches nothing on by a setting", () => {
    const { properties } = configuration;
    expect(properties["stillpoint.server.url"]?.scope).toBe("application");
    for (const [name, { scope, markdownDescription }] of Object.entries(properties)) {
      expect({ name, scope: typeof scope, described: markdownDescription !== undefined }).toEqual({
        name,
        scope: "string",
        described: true,
      });
      if (/url|token|server/u.test(name)) expect(scope).toBe("application");
    }
    for (const purpose of ["snapshots", "outcomes", "ratings", "predictions"]) {
      expect(properties[`stillpoint.allow.${purpose}`]?.default).toBe(true);
    }
  });
  it("lets a folder take away for itself, also where it is one of several: VS Code reads of each what is a resource's", () => {
    for (const [name, { scope }] of Object.entries(configuration.properties)) {
      expect({ name, scope }).toEqual({ name, scope: name === "stillpoint.server.url" ? "application" : "resource" });
    }
  });
});
