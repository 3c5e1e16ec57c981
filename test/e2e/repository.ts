/** A small git repository whose commits edit several places of a file, as people do; the same bytes each time. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";

const functionsPerFile = 6;
const secondsPerCommit = 3_600;
const firstCommitAt = 1_767_225_600;

/** What one version of a file says: a word in every function, and how many functions there are. */
interface Version {
  word: string;
  guarded: number;
  functions: number;
}

const words = ["total", "amount", "price", "weight", "count", "score", "height", "length"];

/**
 * Makes a repository of `commits` commits over `files` files in the folder `path`, which is made. Each commit changes
 * one file in several places: a name throughout, a check added to some functions, or a function more.
 */
export async function makeRepository(path: string, commits: number, files = 6): Promise<void> {
  await mkdir(path, { recursive: true });
  await git(path, ["init", "-q", "-b", "main"]);
  const versions: Version[] = Array.from({ length: files }, (_, i) => ({
    word: words[i % words.length] ?? "total",
    guarded: 0,
    functions: functionsPerFile,
  }));
  let stream = commit(
    0,
    versions.map((version, i) => [i, version]),
  );
  for (let n = 1; n < commits; n++) {
    const file = n % files;
    const version = versions[file] as Version;
    const kind = (n + Math.floor(n / files)) % 3;
    if (kind === 0) version.guarded = (version.guarded + 2) % (version.functions + 1);
    else if (kind === 1) version.word = words[(words.indexOf(version.word) + 1 + (n % 2)) % words.length] ?? "total";
    else version.functions = version.functions >= 12 ? functionsPerFile : version.functions + 1;
    stream += commit(n, [[file, version]]);
  }
  await git(path, ["fast-import", "--quiet"], stream);
  await git(path, ["reset", "-q", "--hard"]);
}

function commit(n: number, changed: readonly (readonly [number, Version])[]): string {
  const at = `${firstCommitAt + n * secondsPerCommit} +0000`;
  const who = n % 4 === 0 ? "Grace <grace@example.com>" : "Ada <ada@example.com>";
  const message = `Change ${n}\n`;
  let text = `commit refs/heads/main\nauthor ${who} ${at}\ncommitter ${who} ${at}\n${data(message)}`;
  for (const [file, version] of changed)
    text += `M 100644 inline src/module-${file}.ts\n${data(source(file, version))}`;
  return `${text}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function source(file: number, { word, guarded, functions }: Version): string {
  let text = `/** Module ${file} of the test's repository. */\nimport { log } from "./log";\n\n`;
  for (let i = 0; i < functions; i++) {
    const check = i < guarded ? `  if (items.length === 0) return ${i};\n` : "";
    text += `/** Adds up what is in item ${i}, and says so. */
export function sum${file}x${i}(items: readonly number[]): number {
${check}  let ${word} = 0;
  for (const item of items) {
    ${word} += item * ${i + 1};
  }
  log("sum ${file} ${i}", ${word});
  return ${word};
}

`;
  }
  return text;
}

async function git(cwd: string, args: readonly string[], input?: string): Promise<void> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" };
  const child = spawn("git", args, { cwd, env, stdio: ["pipe", "ignore", "inherit"] });
  // One that needs no input may have ended before it is closed; its exit code says how.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`);
}
