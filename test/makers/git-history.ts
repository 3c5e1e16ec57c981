/**
 * A git repository of any number of commits, the same for the same seed: files of several languages that people edit
 * in small steps, and beside them everything an import must pass over or survive.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { seededRandom } from "../e2e/seeded-random.ts";

export interface HistoryOptions {
  /** Of the main line and its side branches; merges come on top. */
  readonly commits: number;
  readonly seed: number;
}

/** A path that is secret, and what its every version holds: neither may show up anywhere. */
export const secretPath = "deploy/.env.production";
export const secretMark = "SECRET_MARK_OF_THE_HISTORY";
/** In every commit's author, of whom no part may show up. */
export const authorDomain = "example.com";

const firstCommitAt = 1_700_000_000;
const secondsPerCommit = 1_733;
const oneInMerges = 23;

interface Source {
  path: string;
  readonly language: "ts" | "py" | "go" | "cs" | "md" | "json";
  readonly lineEnd: "\n" | "\r\n";
  readonly start: string;
  readonly closed: boolean;
  readonly lines: string[];
}

/** Makes the repository in the folder `path`, which is made. */
export async function makeHistory(path: string, { commits, seed }: HistoryOptions): Promise<void> {
  await mkdir(path, { recursive: true });
  await runGit(path, ["init", "-q", "-b", "main"]);
  const child = spawn("git", ["fast-import", "--quiet", "--force"], {
    cwd: path,
    env: environment(path),
    stdio: ["pipe", "ignore", "inherit"],
  });
  for (const part of historyStream(commits, seededRandom(seed))) {
    if (!child.stdin.write(part)) await once(child.stdin, "drain");
  }
  child.stdin.end();
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
}

function* historyStream(commits: number, random: () => number): Generator<Buffer | string> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const sources = firstSources(random);
  let mark = 1;
  yield commitHead(mark, 0, pick(authors), []);
  for (const source of sources) yield fileChange(source);
  yield* strangers(0);
  for (let n = 1; n < commits; n++) {
    const from = mark;
    mark++;
    if (n % oneInMerges === 0 && n + 1 < commits) {
      yield* mergedPair(mark, from, n);
      mark += 2;
      n++;
      continue;
    }
    yield commitHead(mark, n, pick(authors), [from]);
    if (n % 17 === 3) yield* strangers(n);
    yield* shuffleOfFiles(n);
    const changed = new Set(Array.from({ length: 1 + Math.floor(random() * 2.4) }, () => pick(sources)));
    for (const source of changed) {
      editSource(source, random);
      yield fileChange(source);
    }
  }

  /** A commit beside the main line, one on it, and their merge. */
  function* mergedPair(first: number, from: number, n: number): Generator<Buffer | string> {
    const [aside, onMain] = [sources[0] as Source, sources[1] as Source];
    yield commitHead(first, n, pick(authors), [from], "side");
    editSource(aside, random);
    yield fileChange(aside);
    yield commitHead(first + 1, n, pick(authors), [from]);
    editSource(onMain, random);
    yield fileChange(onMain);
    yield commitHead(first + 2, n + 1, pick(authors), [first + 1, first]);
    yield fileChange(aside);
  }

  /** Files that come, go, and are called otherwise. */
  function* shuffleOfFiles(n: number): Generator<Buffer | string> {
    if (n % 31 === 7) {
      const added = newSource(`src/added/module-${n}.ts`, "ts", random, 1 + Math.floor(random() * 6));
      sources.push(added);
      yield fileChange(added);
    } else if (n % 37 === 9) {
      const renamed = sources.findLast(({ path }) => path.startsWith("src/added/"));
      if (!renamed) return;
      const path = renamed.path.replace("module", `moved-${n}`);
      yield `R ${quoted(renamed.path)} ${quoted(path)}\n`;
      renamed.path = path;
    } else if (n % 41 === 11) {
      const at = sources.findIndex(({ path }) => path.startsWith("src/added/"));
      const [removed] = at === -1 ? [] : sources.splice(at, 1);
      if (removed) yield `D ${quoted(removed.path)}\n`;
    } else if (n % 97 === 12) {
      // Far too much for one sitting.
      const big = newSource("src/big.ts", "ts", random, 200);
      yield fileChange(big);
    }
  }
}

const authors = [
  "Ada <ada@example.com>",
  "Grace <Grace@Example.com>",
  "Grace <grace@example.com>",
  "=?utf-8?q?Zo=C3=AB?= <zoe+work@mail.example.com>",
  "Nobody <>",
];

/** Everything that is in a repository and is no code that somebody wrote there. */
function* strangers(n: number): Generator<Buffer | string> {
  yield inline("100644", "assets/logo.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, n & 255, 1, 2, 3, 0, 10, 13]));
  yield inline("100644", secretPath, `TOKEN=${secretMark}_${n}\nHOST=db${n}\nUSER=app\n`);
  yield inline("100644", "package-lock.json", `{\n${`  "n${n}": ${n},\n`.repeat(30)}  "end": 0\n}\n`);
  yield inline("100644", "vendor/lib/code.ts", `export const vendored${n} = ${n};\nexport const more${n} = 1;\n`);
  yield inline("100644", "web/app.min.js", `var a=${n};`.repeat(400));
  yield inline("100644", "src/lookup.js", `const table = "${`${n}.`.repeat(900)}";\n`);
  yield inline(
    "100644",
    "src/api.ts",
    `// @generated by a tool, version ${n}\nexport const api = ${n};\nexport const b = ${n};\n`,
  );
  yield inline("100644", "src/latin.ts", Buffer.from(`// caf\xe9 ${n}\nexport const latin = ${n};\n`, "latin1"));
  yield inline("100644", "src/old-mac.ts", `const a = ${n};\rconst b = ${n};\r`);
  yield inline("100644", "notes", `no extension ${n}\nso no language ${n}\n`);
  yield inline("120000", "src/link.ts", `module-${n}.ts`);
  yield `M 160000 ${n.toString(16).padStart(40, "1")} ${quoted("third")}\n`;
  yield inline(n % 2 === 0 ? "100644" : "100755", "tools/run.sh", "#!/bin/sh\nset -eu\necho run\n");
  yield inline("100644", "src/ends.ts", "const x = 1;\nconst y = 2;\n".replaceAll("\n", n % 2 === 0 ? "\n" : "\r\n"));
}

function firstSources(random: () => number): Source[] {
  return [
    newSource("src/orders.ts", "ts", random, 9),
    newSource("src/prices.ts", "ts", random, 14),
    newSource("src/users/session.ts", "ts", random, 5),
    newSource("src/ünïcode 名前.ts", "ts", random, 4),
    newSource("-dash first.ts", "ts", random, 3),
    newSource('src/"quoted" name.ts', "ts", random, 4),
    { ...newSource("src/open-ended.ts", "ts", random, 5), closed: false },
    { ...newSource("src/marked.ts", "ts", random, 5), start: "\uFEFF" },
    { ...newSource("app/Billing.cs", "cs", random, 7), lineEnd: "\r\n" },
    newSource("tools/report.py", "py", random, 8),
    newSource("cmd/serve/main.go", "go", random, 7),
    newSource("docs/guide.md", "md", random, 10),
    newSource("config/app.json", "json", random, 8),
  ];
}

function newSource(path: string, language: Source["language"], random: () => number, blocks: number): Source {
  const lines: string[] = [...header[language]];
  for (let i = 0; i < blocks; i++) lines.push(...block(language, random));
  return { path, language, lineEnd: "\n", start: "", closed: true, lines };
}

const header = {
  ts: ['import { log } from "./log";', ""],
  py: ['"""What the reports need."""', "import sys", ""],
  go: ["package main", "", 'import "fmt"', ""],
  cs: ["using System;", "", "namespace Shop", "{"],
  md: ["# Guide", ""],
  json: [],
} as const;

const nouns = ["order", "price", "user", "total", "item", "report", "session", "limit", "größe", "名前", "emoji😀"];

function word(random: () => number): string {
  const noun = () => nouns[Math.floor(random() * 8)] ?? "order";
  return `${noun()}${noun().replace(/^./u, (letter) => letter.toUpperCase())}${Math.floor(random() * 90)}`;
}

function block(language: Source["language"], random: () => number): string[] {
  const name = word(random);
  const body = Array.from({ length: 2 + Math.floor(random() * 6) }, () => statement(language, random));
  switch (language) {
    case "ts":
      return [
        `/** Works on ${name}. */`,
        `export function ${name}(input: number): number {`,
        ...body,
        "  return input;",
        "}",
        "",
      ];
    case "py":
      return [`def ${name}(value):`, `    """Works on ${name}."""`, ...body, "    return value", ""];
    case "go":
      return [`func ${name}(value int) int {`, ...body, "\treturn value", "}", ""];
    case "cs":
      return [`    public static int ${name}(int value)`, "    {", ...body, "        return value;", "    }", ""];
    case "md":
      return [`## About ${name}`, "", ...body, ""];
    case "json":
      return body;
  }
}

function statement(language: Source["language"], random: () => number): string {
  const [a, b] = [word(random), word(random)];
  const text = nouns[Math.floor(random() * nouns.length)] ?? "";
  switch (language) {
    case "ts":
      return random() < 0.5
        ? `  const ${a} = compute(input, "${text}");`
        : `  log("${text} 😀", { ${a}: input, ${b}: 1 });`;
    case "py":
      return random() < 0.5 ? `    ${a} = compute(value, "${text}")` : `    print("${text}", ${a}=value)`;
    case "go":
      return `\tfmt.Println("${text}", compute(value, "${a}"))`;
    case "cs":
      return `        var ${a} = Compute(value, "${text}");`;
    case "md":
      return `The ${a} follows the ${b}, as ${text} says, and so do all the others in its list.`;
    case "json":
      return `  "${a}": { "name": "${text}", "size": ${Math.floor(random() * 900)} },`;
  }
}

/** One to five small changes, as somebody makes them: a name, a line more, a line less, a block, a rewritten line. */
function editSource(source: Source, random: () => number): void {
  const { lines, language } = source;
  const edits = 1 + Math.floor(random() * 5);
  for (let i = 0; i < edits; i++) {
    const at = Math.floor(random() * lines.length);
    const kind = random();
    if (kind < 0.3)
      lines.splice(at, 0, ...Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(language, random)));
    else if (kind < 0.5) lines[at] = statement(language, random);
    else if (kind < 0.65) rename(lines, at, random);
    else if (kind < 0.75) lines.splice(at, 1 + Math.floor(random() * 2));
    else if (kind < 0.8) lines.splice(at, 0, ...block(language, random));
    else lines[at] = `${lines[at]?.trimEnd() ?? ""} ${language === "py" ? "#" : "//"} ${word(random)}`;
  }
  // Nothing grows for ever.
  if (lines.length > 400) lines.splice(40 + Math.floor(random() * 100), 120);
}

/** A name used on one line, changed there and on the next lines that have it. */
function rename(lines: string[], at: number, random: () => number): void {
  const name = /[a-z]+[A-Z][a-z]+\d+/u.exec(lines[at] ?? "")?.[0];
  if (name === undefined) return;
  const fresh = word(random);
  for (let i = at; i < Math.min(lines.length, at + 30); i++) lines[i] = lines[i]?.replaceAll(name, fresh) ?? "";
}

function fileChange({ path, lines, lineEnd, start, closed }: Source): Buffer {
  return inline("100644", path, `${start}${lines.join(lineEnd)}${closed ? lineEnd : ""}`);
}

function commitHead(mark: number, n: number, author: string, parents: readonly number[], branch = "main"): string {
  const at = `${firstCommitAt + n * secondsPerCommit} ${n % 3 === 0 ? "+0530" : "-0800"}`;
  const [from, ...merged] = parents;
  return [
    `commit refs/heads/${branch}`,
    `mark :${mark}`,
    `author ${author} ${at}`,
    `committer ${author} ${at}`,
    `data <<END\nChange ${n}\n\n@@ -1 +1 @@\ndiff --git a/x b/x\nEND`,
    ...(from === undefined ? [] : [`from :${from}`]),
    ...merged.map((parent) => `merge :${parent}`),
    "",
  ].join("\n");
}

function inline(mode: string, path: string, content: string | Buffer): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([
    Buffer.from(`M ${mode} inline ${quoted(path)}\ndata ${bytes.length}\n`),
    bytes,
    Buffer.from("\n"),
  ]);
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Runs git in `path`, with no configuration but the repository's own. */
export async function runGit(path: string, args: readonly string[], input?: string | Buffer): Promise<Buffer> {
  const child = spawn("git", args, { cwd: path, env: environment(path), stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`);
  return Buffer.concat(parts);
}

function environment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.com",
  };
}
