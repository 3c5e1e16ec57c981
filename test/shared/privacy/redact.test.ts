import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactSnapshot } from "../../../shared/privacy/redact.ts";
import type { Redactable } from "../../../shared/privacy/redactable.ts";
import { findSecrets, scanForSecrets } from "../../../shared/privacy/scan.ts";
import { settlement as settlementSchema } from "../../../shared/records/settlement.ts";
import { SNAPSHOT_LIMITS, snapshot as snapshotSchema } from "../../../shared/records/snapshot.ts";
import type { SeededSecret } from "../../fixtures/secrets/corpus.ts";
import { seededSecrets } from "../../fixtures/secrets/corpus.ts";
import { settlementOf, snapshotOf } from "./snapshots.ts";

function redacted<Rest>(input: Redactable<Rest>) {
  const result = redactSnapshot(input);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result;
}

const password = ["Kx82", "mQ!v", "Lp01"].join("");
const other = ["Zr5t", "Yw9#", "cN3b"].join("");
const dashes = "-----";
const keyBody = [
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7".padEnd(64, "x7Q"),
  "q9Zr+Kd3".repeat(8),
  "t0K2vA==",
];
const pem = [`${dashes}BEGIN PRIVATE KEY${dashes}`, ...keyBody, `${dashes}END PRIVATE KEY${dashes}`];

describe("redacting a snapshot", () => {
  it("leaves a snapshot without secrets exactly as it is", () => {
    const snapshot = snapshotOf("const total = price * count;\n");
    const result = redacted({ snapshot });
    expect(result.snapshot).toBe(snapshot);
    expect(result).toMatchObject({ counts: {}, changed: false });
  });

  it("puts one placeholder in place of one value, in every text, numbered from the snapshot on", () => {
    const snapshot = snapshotOf(`const password = "${password}";\nlogin(user);\n`, {
      history: [
        {
          path: "src/a.ts",
          origin: "typed",
          diff: `--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-x\n+x ${password}\n`,
        },
      ],
      diagnostics: [
        { severity: 2, message: `'${password}' is hard-coded`, startLine: 0, endLine: 0, snippet: password },
      ],
      definitions: [
        {
          symbol: "login",
          kind: "definition",
          path: "src/b.ts",
          startLine: 3,
          text: `// ${password}`,
          external: false,
        },
      ],
    });
    const settlement = settlementOf(`const password = "${other}"; // was ${password}\nlogin(user);\n`);
    const result = redacted({ snapshot, settlement });
    expect(result.snapshot.excerpt.text).toBe('const password = "‹password-1›";\nlogin(user);\n');
    expect(result.snapshot.history[0]?.diff).toContain("+x ‹password-1›\n");
    expect(result.snapshot.diagnostics[0]).toMatchObject({
      message: "'‹password-1›' is hard-coded",
      snippet: "‹password-1›",
    });
    expect(result.snapshot.definitions[0]?.text).toBe("// ‹password-1›");
    expect(result.settlement?.text).toBe('const password = "‹password-2›"; // was ‹password-1›\nlogin(user);\n');
    expect(result.counts).toEqual({ password: 2 });
    expect(result.snapshot.document).not.toHaveProperty("sha256");
  });

  it("goes on numbering behind the placeholders that an earlier redaction left", () => {
    const snapshot = snapshotOf(`a("‹password-3›")\nconst password = "${password}";\n`);
    expect(redacted({ snapshot }).snapshot.excerpt.text).toContain('password = "‹password-4›"');
  });

  it("keeps the lines of a private key, in a text and through a diff's prefixes", () => {
    const text = `const before = 1;\n${pem.join("\n")}\nconst after = 2;\n`;
    const inserted = pem.map((line) => `+${line}`).join("\n");
    const diff = `--- a/k.ts\n+++ b/k.ts\n@@ -1,2 +1,${pem.length + 2} @@\n const before = 1;\n${inserted}\n const after = 2;\n`;
    const snapshot = snapshotOf(text, { history: [{ path: "k.ts", origin: "pasted", diff }] });
    const result = redacted({ snapshot });
    const mark = "‹private-key-1›";
    const hidden = [pem[0], mark, mark, mark, pem.at(-1)];
    expect(result.snapshot.excerpt.text).toBe(`const before = 1;\n${hidden.join("\n")}\nconst after = 2;\n`);
    expect(result.snapshot.history[0]?.diff?.split("\n").slice(3)).toEqual([
      " const before = 1;",
      ...hidden.map((line) => `+${line}`),
      " const after = 2;",
      "",
    ]);
    expect(result.counts).toEqual({ "private-key": 1 });
  });

  it.each(["\\n", "\\\\n", "\\r\\n"])("takes a key in one line out between its frame, and leaves %s", (lineEnd) => {
    const line = (body: string) => [pem[0], body, pem.at(-1), ""].join(lineEnd);
    const snapshot = snapshotOf(`key = "${line(keyBody.join(lineEnd))}"\n`);
    expect(redacted({ snapshot }).snapshot.excerpt.text).toBe(`key = "${line("‹private-key-1›")}"\n`);
  });

  describe("of the middle of a key, with no frame in sight,", () => {
    const line = (n: number, width: number) => `${n}${"q9Zr+Kd3mWxT7vBn2LpYc5Hf".repeat(3)}`.slice(0, width);
    const three = (width: number) => [1, 2, 3].map((n) => line(n, width));
    const seen = (lines: readonly string[]) =>
      redacted({ snapshot: snapshotOf(`${lines.join("\n")}\n`) })
        .snapshot.excerpt.text.trimEnd()
        .split("\n");

    it.each([64, 70])("takes three lines of %d characters in a row", (width) => {
      expect(seen(["a", ...three(width), "b"])).toEqual(["a", ...new Array(3).fill("‹private-key-1›"), "b"]);
    });

    it("takes another key that follows in another width", () => {
      expect(seen([...three(64), ...three(70)]).join()).toMatch(/^(?:‹private-key-\d›,?){6}$/u);
    });

    it.each([
      ["two lines", three(64).slice(1)],
      ["lines of no key's width", three(63)],
      ["a line between", three(64).toSpliced(1, 0, "x")],
      ["a digest in hexadecimal", [1, 2, 3].map((n) => `${n}a3f`.repeat(16))],
      ["a certificate", [`${dashes}BEGIN CERTIFICATE${dashes}`, ...three(64)]],
    ])("leaves %s", (_, lines) => {
      expect(seen(lines)).toEqual(lines);
    });
  });

  it("takes the short last line of a key for it only where it is alone on its line", () => {
    const last = keyBody.at(-1) ?? "";
    const lines = [`x ${last}`, `  "${last}" +`, last, `${last} x`, `x${last}`, `// ${last}\\n`];
    const snapshot = snapshotOf(`${pem.join("\n")}\n`, {
      history: [{ path: "x", origin: "typed", diff: `@@ -0,0 +1,6 @@\n${lines.map((line) => `+${line}\n`).join("")}` }],
    });
    const mark = "‹private-key-1›";
    const kept = [`x ${last}`, `  "${mark}" +`, mark, `${last} x`, `x${last}`, `// ${mark}\\n`];
    expect(redacted({ snapshot }).snapshot.history[0]?.diff?.split("\n").slice(1, -1)).toEqual(
      kept.map((line) => `+${line}`),
    );
    expect(
      redacted({ snapshot: snapshotOf(`${lines.join("\n")}\n${pem.join("\n")}\n`) }).snapshot.excerpt.text,
    ).toContain(`${kept.join("\n")}\n${pem[0]}\n`);
  });

  it("finds a key of which a diff shows the middle alone, by what the excerpt shows of it", () => {
    const diff = `--- a/k.ts\n+++ b/k.ts\n@@ -2,2 +2,2 @@\n ${keyBody[0]}\n-${keyBody[1]}\n+changed\n`;
    const snapshot = snapshotOf(`${pem.join("\n")}\n`, { history: [{ path: "k.ts", origin: "typed", diff }] });
    expect(redacted({ snapshot }).snapshot.history[0]?.diff).toBe(
      "--- a/k.ts\n+++ b/k.ts\n@@ -2,2 +2,2 @@\n ‹private-key-1›\n-‹private-key-1›\n+changed\n",
    );
  });

  it("gives both parts of a secret that a clip cut the same placeholder", () => {
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    const definition = (text: string) => ({
      symbol: "f",
      kind: "definition" as const,
      path: "d.ts",
      startLine: 0,
      text,
      external: false,
    });
    const snapshot = snapshotOf(`use("${token}");\n`, {
      definitions: [definition(`const t = "${token.slice(0, 12)}`), definition(`${token.slice(-14)}";\nmore();`)],
    });
    const { definitions } = redacted({ snapshot }).snapshot;
    expect(definitions.map((entry) => entry.text)).toEqual([
      'const t = "‹github-token-1›',
      '‹github-token-1›";\nmore();',
    ]);
  });

  it("knows a half-typed token in the history by the whole one", () => {
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    const diff = `--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-const t = "${token.slice(0, 25)}";\n+const t = "${token}";\n`;
    const snapshot = snapshotOf(`const t = "${token}";\n`, { history: [{ path: "a.ts", origin: "typed", diff }] });
    expect(redacted({ snapshot }).snapshot.history[0]?.diff).not.toContain(token.slice(0, 16));
  });

  it("moves offsets with the text; a cursor inside a secret goes to its end", () => {
    const line = `const password = "${password}"; call();\n`;
    const text = `// header\n${line}// footer\n`;
    const inSecret = text.indexOf(password) + 4;
    const snapshot = snapshotOf(text, { cursor: inSecret }, [1, 2]);
    const settlement = settlementOf(line, { cursor: line.indexOf("call") });
    const result = redacted({ snapshot, settlement });
    const after = result.snapshot.excerpt.text;
    expect(after.slice(0, result.snapshot.cursor).endsWith("‹password-1›")).toBe(true);
    expect(after.slice(result.snapshot.editable.start, result.snapshot.editable.end)).toBe(
      'const password = "‹password-1›"; call();\n',
    );
    expect(result.settlement?.text.slice(result.settlement.cursor ?? 0)).toBe("call();\n");
  });

  it("refuses a document that is secret by its path, and takes such files out of history and definitions", () => {
    const env = snapshotOf("A=1\n", { document: { path: "app/.env", languageId: "dotenv", eol: "lf", lineCount: 2 } });
    expect(redactSnapshot({ snapshot: env })).toEqual({ ok: false, reason: "secretPath" });
    const entry = { origin: "bulk" as const };
    const snapshot = snapshotOf("a\n", {
      history: [
        { ...entry, path: ".env" },
        { ...entry, path: "src/b.ts" },
      ],
    });
    const settlement = settlementOf("a\n", { futureHistory: [{ ...entry, path: "deploy/id_rsa" }] });
    const result = redacted({ snapshot, settlement });
    expect(result.snapshot.history.map(({ path }) => path)).toEqual(["src/b.ts"]);
    expect(result.settlement?.futureHistory).toEqual([]);
    expect(result.snapshot.document).not.toHaveProperty("sha256");
  });

  it("takes the value out of everything else that came along, also where JSON or an address escapes it", () => {
    const odd = ["ab/12", "+XY", "z9%R"].join("");
    const rest = {
      teacher: {
        predictions: [{ id: "x", raw: `{"text": "p = \\"${password}\\""}`, text: `p = "${password}";`, cursor: 10 }],
      },
      shown: [{ ratings: [{ comment: `never write ${password}` }] }],
      link: `https://host.example/?q=${encodeURIComponent(odd)}`,
    };
    const snapshot = snapshotOf(`password = "${password}"\npassword = "${odd}"\n`);
    const result = redacted({ snapshot, rest });
    expect(result.rest).toEqual({
      teacher: {
        predictions: [{ id: "x", raw: '{"text": "p = \\"‹password-1›\\""}', text: 'p = "‹password-1›";', cursor: 17 }],
      },
      shown: [{ ratings: [{ comment: "never write ‹password-1›" }] }],
      link: "https://host.example/?q=‹password-2›",
    });
  });

  it("finds a secret that only a model's answer holds", () => {
    const result = redacted({ snapshot: snapshotOf("a\n"), rest: { expected: { text: `password = "${password}"` } } });
    expect(result.rest).toEqual({ expected: { text: 'password = "‹password-1›"' } });
  });

  it("takes the document's hash away when anything changed, as the counts say no more than that", () => {
    const rest = { expected: { text: `password = "${password}"` } };
    expect(redacted({ snapshot: snapshotOf("a\n"), rest }).snapshot.document).not.toHaveProperty("sha256");
    expect(redacted({ snapshot: snapshotOf("a\n"), rest: {} }).snapshot.document.sha256).toBeDefined();
  });

  it("replaces e-mail addresses, public addresses and home folders where they stand whole", () => {
    const mail = ["ada", "engine.io"].join("@");
    const address = ["52", "94", "236", "248"].join(".");
    const text = `// ask ${mail} or x${mail}\nconst host = "${address}"; const v = "2${address}";\nopen("/home/adalove/x/y");\n`;
    expect(redacted({ snapshot: snapshotOf(text) }).snapshot.excerpt.text).toBe(
      `// ask ‹email-1› or ‹email-2›\nconst host = "‹ip-1›"; const v = "2${address}";\nopen("‹home-1›/x/y");\n`,
    );
  });

  it.each([
    ["behind an escaped line end", (mail: string) => `"by\\n${mail}"`, '"by\\n‹email-1›"'],
    ["behind a name", (mail: string) => `mail:${mail} /people/${mail}/`, "mail:‹email-1› /people/‹email-1›/"],
    ["never as the account of a machine", (mail: string) => `ssh://${mail}/x`, "ssh://‹user-1›@engine.io/x"],
    ["never as a password", (mail: string) => `https://x:${mail}`, `https://x:${["ada", "engine.io"].join("@")}`],
  ])("finds an e-mail address %s", (_, write, expected) => {
    const text = write(["ada", "engine.io"].join("@"));
    expect(redacted({ snapshot: snapshotOf(`${text}\n`) }).snapshot.excerpt.text).toBe(`${expected}\n`);
  });

  it.each([
    [
      "in an address of a file of another system",
      "vscode-remote://wsl%2Bubuntu/home/adalove/x",
      "vscode-remote://wsl%2Bubuntu‹home-1›/x",
    ],
    ["behind a compiler's flag", "cc -I/home/adalove/include", "cc -I‹home-1›/include"],
  ])("finds a home folder %s", (_, text, expected) => {
    expect(redacted({ snapshot: snapshotOf(`${text}\n`) }).snapshot.excerpt.text).toBe(`${expected}\n`);
  });

  it("takes the name of a home's owner in other paths and in addresses for the same person, and in words for a word", () => {
    const home = ["", "home", "adalove", ""].join("/");
    const text = `cd ${home}src\nls /data/adalove/x ~adalove/y \\\\host\\adalove ssh adalove@box\n`;
    expect(
      redacted({ snapshot: snapshotOf(`${text}const adalove = adalove1 + "adalove";\n`) }).snapshot.excerpt.text,
    ).toBe(
      "cd ‹home-1›/src\nls /data/‹home-1›/x ~‹home-1›/y \\\\host\\‹home-1› ssh ‹home-1›@box\n" +
        'const adalove = adalove1 + "adalove";\n',
    );
  });

  it("finds a home folder at the end of a text where only one can stand there", () => {
    const text = ["C:", "Users", "adalove"].join("\\");
    expect(redacted({ snapshot: snapshotOf(`cd ${text}\n/home/about\n`) }).snapshot.excerpt.text).toBe(
      "cd ‹home-1›\n/home/about\n",
    );
  });

  it("finds what only comes to light when its neighbour is gone", () => {
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    const text = `password = "${password}"\njoined = "${password}${token}"\n`;
    expect(redacted({ snapshot: snapshotOf(text) }).snapshot.excerpt.text).toBe(
      'password = "‹password-1›"\njoined = "‹password-1›‹github-token-1›"\n',
    );
  });

  it("takes a deleted line for a line, also where it looks like a header", () => {
    const diff = `--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,1 @@\n--- password: '${password}'\n select 1;\n`;
    const snapshot = snapshotOf("select 1;\n", { history: [{ path: "q.sql", diff, origin: "typed" }] });
    expect(redacted({ snapshot }).snapshot.history[0]?.diff).toBe(
      "--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,1 @@\n--- password: '‹password-1›'\n select 1;\n",
    );
  });

  it.each([
    ["counts too few", "@@ -0,0 +0,0 @@"],
    ["counts too many, up to the next hunk's", "@@ -1,90 +1,90 @@\n first\n@@ -8,0 +8,0 @@"],
    ["is not there", ""],
  ])("reads the lines of a hunk as its lines where a header %s", (_, header) => {
    for (const sign of ["-", "+"]) {
      const diff = `--- a/k.ts\n+++ b/k.ts\n${header}\n${pem.map((line) => `${sign}${line}\n`).join("")}`;
      const result = redacted({ snapshot: snapshotOf("a\n", { history: [{ path: "k.ts", diff, origin: "typed" }] }) });
      expect(result.snapshot.history[0]?.diff?.split("\n").slice(-5, -2)).toEqual(
        keyBody.map(() => `${sign}‹private-key-1›`),
      );
    }
  });

  it("reads a hunk that changes nothing", () => {
    const diff = `@@ -1 +1 @@\n password = "${password}"\n`;
    const result = redacted({ snapshot: snapshotOf("a\n", { history: [{ path: "k.ts", diff, origin: "typed" }] }) });
    expect(result.snapshot.history[0]?.diff).toBe('@@ -1 +1 @@\n password = "‹password-1›"\n');
  });

  it("gives what is in a file's path the same number in every snapshot of the file, so that its group in a split holds", () => {
    const mail = (name: string) => [name, "engine.io"].join("@");
    const path = `people/of ${mail("ada")}/notes.md`;
    for (const text of ["a\n", `// ask ${mail("grace")}\n`]) {
      const { document } = snapshotOf(text);
      const rest = { source: { path }, split: { group: `repo:x path:${path}` } };
      const result = redacted({ snapshot: snapshotOf(text, { document: { ...document, path } }), rest });
      expect(result.rest?.split.group).toBe("repo:x path:people/of ‹email-1›/notes.md");
      expect(result.rest?.source.path).toBe(result.snapshot.document.path);
    }
  });

  it("is not led to numbers that no placeholder has by a text that looks like one", () => {
    const snapshot = snapshotOf(`"‹password-999999›"\nconst password = "${password}";\n`);
    expect(redacted({ snapshot }).snapshot.excerpt.text).toBe(
      '"‹password-999999›"\nconst password = "‹password-1›";\n',
    );
  });

  it("refuses more secrets than it can look for, and ones that hide behind each other without end", () => {
    const refused = { ok: false, reason: "tooManySecrets" };
    const many = Array.from({ length: 2_001 }, (_, i) => `password = "Kx${i}mQ!vLp"\n`).join("");
    expect(redactSnapshot({ snapshot: snapshotOf("a\n"), rest: { raw: many } })).toEqual(refused);
    // Each token is found only once the one before it is gone.
    const tokens = Array.from({ length: 12 }, (_, i) =>
      ["np", `m_${100 + i}a8Kd03jfLq92mXz71BvTyR5oWcUe46HsN`].join(""),
    );
    const chain = [`"${tokens[0]}"`, ...tokens.slice(1).map((token, i) => `"${tokens[i]}${token}"`)].join("\n");
    const hidden = redactSnapshot({ snapshot: snapshotOf("a\n"), rest: { raw: chain } });
    expect(hidden.ok ? JSON.stringify(hidden.rest) : hidden).toEqual(refused);
  });

  it("says that the region reads the same where two texts became the same", () => {
    const token = ["gh", "p_", "a8Kd03jfLq92mXz71BvTyR5oWcUe46HsNgPi"].join("");
    const snapshot = snapshotOf(`t = "${token.slice(0, 30)}"\n`);
    expect(redacted({ snapshot, settlement: settlementOf(`t = "${token}"\n`) }).settlement?.unchanged).toBe(true);
  });
});

describe("the limits of a record after placeholders made texts longer", () => {
  const shortSecrets = (count: number) => Array.from({ length: count }, (_, i) => `password="a${i}b7!x"\n`).join("");

  it.each([
    ["at its beginning", 0],
    ["near its beginning", 100],
    ["in its middle", 600],
    ["at its end", 1_200],
  ])("shortens an excerpt by whole lines, the farther ones first: the region %s", (_, above) => {
    const region = "const here = 1;\n";
    const text = `${shortSecrets(above)}${region}${shortSecrets(1_200 - above)}`;
    const snapshot = snapshotOf(text, { cursor: text.indexOf("here") }, [above, above + 1]);
    expect(snapshotSchema.safeParse(snapshot).success).toBe(true);
    const result = redacted({ snapshot });
    expect(snapshotSchema.safeParse(result.snapshot).error).toBeUndefined();
    const { excerpt, editable, cursor } = result.snapshot;
    expect(excerpt.text.slice(editable.start, editable.end)).toBe(region);
    expect(excerpt.text.slice(cursor, cursor + 4)).toBe("here");
    const lineCount = (part: string) => part.split("\n").length - 1;
    const left = lineCount(excerpt.text.slice(0, editable.start));
    expect(excerpt.startLine).toBe(above - left);
    // As many characters on both sides, in lines of nearly one length; what one side has not the other has more.
    const room = lineCount(excerpt.text) - 1;
    expect(Math.abs(left - Math.min(above, Math.max(room / 2, room - (1_200 - above))))).toBeLessThan(4);
    expect(utf8(excerpt.text)).toBeGreaterThan(SNAPSHOT_LIMITS.excerptBytes - 40);
  });

  it("refuses a region that does not fit by itself", () => {
    const snapshot = snapshotOf(shortSecrets(1200));
    expect(redactSnapshot({ snapshot })).toEqual({ ok: false, reason: "tooLong" });
  });

  it("cuts a definition, never inside a placeholder, and turns a swollen edit into a bulk one", () => {
    const swollen = shortSecrets(300);
    const lines = swollen.trimEnd().split("\n");
    const diff = `--- a/x\n+++ b/x\n@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join("")}`;
    const snapshot = snapshotOf("a\n", {
      history: [{ path: "x", diff, origin: "typed" }],
      definitions: [
        { symbol: "f", kind: "definition", path: "d.ts", startLine: 0, text: shortSecrets(50), external: false },
      ],
    });
    const result = redacted({ snapshot });
    expect(snapshotSchema.safeParse(result.snapshot).error).toBeUndefined();
    expect(result.snapshot.history).toEqual([{ path: "x", origin: "bulk" }]);
    expect(result.snapshot.definitions[0]?.text).not.toMatch(/‹[^›]*$/u);
  });
});

/** Any seeded secrets, put into any texts of a snapshot. */
const inputs = fc
  .tuple(
    fc.nat(),
    fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat(6), { minLength: 6, maxLength: 6 }),
  )
  .map(([seed, picks, places]) => {
    const corpus = seededSecrets(seed, 1);
    const secrets = picks.map((n) => corpus[n % corpus.length] as SeededSecret);
    const textAt = (place: number) =>
      `${secrets
        .filter((_, i) => places[i] === place)
        .map((s) => s.text)
        .join("\n")}\n`;
    const added = textAt(2).trimEnd().split("\n");
    const diff = `--- a/b.ts\n+++ b/b.ts\n@@ -1,1 +1,${added.length + 1} @@\n ctx\n${added.map((line) => `+${line}\n`).join("")}`;
    const text = textAt(0) + textAt(1);
    const start = textAt(0).length;
    const snapshot = snapshotOf(text, {
      cursor: start + Math.floor((text.length - start) / 2),
      editable: { start, end: text.length },
      history: [{ path: "b.ts", diff, origin: "typed" }],
      diagnostics: [{ severity: 1, message: textAt(3), startLine: 0, endLine: 0, snippet: textAt(4) }],
    });
    const settlement = settlementOf(textAt(1) + textAt(5), { cursor: Math.floor(textAt(1).length / 2) });
    return { secrets, input: { snapshot, settlement, rest: { expected: { text: textAt(6) + secrets[0]?.text } } } };
  });

describe("for any secrets in any texts", () => {
  it("what was found once is nowhere any more", () => {
    fc.assert(
      fc.property(inputs, ({ secrets, input }) => {
        const result = JSON.stringify(redacted(input));
        for (const { text } of secrets) {
          const parts = findSecrets(text).flatMap((found) => found.parts);
          const values = parts
            .filter((part) => part.reach === "anywhere")
            .map(({ start, end }) => text.slice(start, end));
          for (const value of values) expect(result).not.toContain(JSON.stringify(value).slice(1, -1));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("redacting twice is redacting once, the records stay valid, and the scanner finds nothing", () => {
    fc.assert(
      fc.property(inputs, ({ input }) => {
        const { snapshot, settlement, rest } = redacted(input);
        const again = redacted({ snapshot, settlement, rest });
        expect(again).toMatchObject({ snapshot, settlement, rest, counts: {}, changed: false });
        expect(snapshotSchema.safeParse(snapshot).error).toBeUndefined();
        expect(settlementSchema.safeParse(settlement).error).toBeUndefined();
        expect(scanForSecrets(snapshot.excerpt.text)).toEqual([]);
        expect(scanForSecrets(settlement?.text ?? "")).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("no line is added or lost", () => {
    fc.assert(
      fc.property(inputs, ({ input }) => {
        const { snapshot, settlement } = redacted(input);
        const lines = (text: string | undefined) => text?.split("\n").length;
        expect(lines(snapshot.excerpt.text)).toBe(lines(input.snapshot.excerpt.text));
        expect(lines(snapshot.history[0]?.diff)).toBe(lines(input.snapshot.history[0]?.diff));
        expect(lines(settlement?.text)).toBe(lines(input.settlement.text));
        expect(utf8(snapshot.excerpt.text)).toBeLessThanOrEqual(SNAPSHOT_LIMITS.excerptBytes);
      }),
      { numRuns: 60 },
    );
  });
});

function utf8(text: string): number {
  return new TextEncoder().encode(text).length;
}
