/**
 * A data folder in which two people's work has gone everywhere: events, predictions, ratings of each other, a run with
 * its outputs, copies of bad lines, the cache of answers, a dataset. Each has words that stand nowhere else, planted
 * wherever something of theirs can be; who looks for them finds what was left.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { streamOutput } from "../../../server/jsonl/write.ts";
import { runTask } from "../../../server/runs/run.ts";
import { readTask } from "../../../server/runs/task-file.ts";
import { writePull } from "../../../server/stages/pull.ts";
import { openCache } from "../../../server/store/cache.ts";
import { openEventDatabase } from "../../../server/store/event-database.ts";
import type { Store } from "../../../server/store/store.ts";
import { exampleId } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { Example } from "../../../shared/records/example.ts";
import { capturedEvent, eventId } from "../../bench/captured-events.ts";
import type { TestServer } from "../http/support.ts";

export interface Person {
  readonly id: string;
  readonly secret: string;
  /** Stands in everything of theirs, and nowhere else. */
  readonly word: string;
  /** Numbers of their events. */
  readonly first: number;
}

export const capturesEach = 6;

type Settled = Extract<Event, { type: "snapshot.settled" }>;

/** A capture whose every free text holds the word. */
export function capture(n: number, word: string, more: Partial<Settled> = {}): Settled {
  const event = capturedEvent(n) as Settled;
  const { snapshot, settlement } = event;
  const { text } = snapshot.excerpt;
  // Behind everything that an offset points at.
  const behind = `// ${word} excerpt\n`;
  return {
    ...event,
    sessionId: `session of ${word}`,
    snapshot: {
      ...snapshot,
      document: { path: `src/${word}/area${n}.ts`, languageId: "typescript", eol: "lf", lineCount: 31 },
      excerpt: { ...snapshot.excerpt, text: `${text}${behind}` },
      history: [],
      diagnostics: [
        {
          severity: 1,
          message: `${word} is not defined`,
          source: "ts",
          code: 1,
          startLine: 1,
          endLine: 1,
          snippet: word,
        },
      ],
      definitions: [
        {
          symbol: word,
          kind: "definition",
          path: `src/${word}.ts`,
          startLine: 0,
          text: `const ${word} = 1;\n`,
          external: false,
        },
      ],
      repo: { remote: `https://example.com/${word}/shop.git`, revision: "r1" },
    },
    settlement: { ...settlement, text: `// ${word} settled\n${settlement.text}` },
    ...more,
  };
}

export function predictionIdOf(n: number): string {
  return eventId(100_000 + n);
}

/** What the editor says of a prediction that was shown at that capture. */
export function predictionEvents(n: number, word: string): Event[] {
  const { snapshot, id: _id, settlement: _settlement, type: _type, ...envelope } = capture(n, word);
  const predictionId = predictionIdOf(n);
  const model = { model: "openai:student", variant: "default" };
  return [
    {
      ...envelope,
      id: eventId(200_000 + n),
      type: "prediction.made",
      predictionId,
      snapshot,
      ...model,
      text: `// ${word} predicted\n`,
    },
    {
      ...envelope,
      id: eventId(300_000 + n),
      type: "prediction.outcome",
      predictionId,
      ...model,
      outcome: "rejected",
      shownMs: 1,
      latencyMs: 1,
      acceptedChars: 0,
      partial: false,
    },
  ];
}

/** The rater's words about somebody else's code: both are planted. */
export function ratingEvent(n: number, of: number, rater: Person, owner: Person, expectedText?: string): Event {
  const { snapshot: _snapshot, settlement: _settlement, type: _type, ...envelope } = capture(n, rater.word);
  return {
    ...envelope,
    id: eventId(400_000 + n),
    type: "rating.given",
    rating: {
      id: eventId(500_000 + n),
      predictionId: predictionIdOf(of),
      reviewer: rater.id,
      verdict: "bad",
      categories: ["style"],
      comment: `${rater.word} says so`,
      expectedText: expectedText ?? `// ${owner.word} should have been this\n`,
      secondsSpent: 1,
      at: envelope.at,
    },
  };
}

export async function makePerson(server: TestServer, word: string, first: number): Promise<Person> {
  const answered = await server.send({
    method: "POST",
    path: "/v1/tokens",
    token: server.admin,
    body: { name: `laptop of ${word}`, role: "contributor", person: `${word} the person` },
  });
  return { id: answered.body.contributor, secret: answered.body.secret, word, first };
}

export async function upload(server: TestServer, person: Person, events: readonly Event[]) {
  const answered = await server.send({ method: "POST", path: "/v1/events", token: person.secret, body: { events } });
  if (answered.status !== 200) throw new Error(answered.text);
  return answered.body;
}

const task = `name: nightly
kind: distillation
input:
  file: pulled.jsonl
models: { teacher: builtin, student: builtin }
stages:
  - redact
  - split: { shares: "0.34,0.33,0.33", by: path }
  - distill: { model: teacher }
  - score
  - sample: { model: student }
  - settle: { noiseAbove: 1000, keepTrivial: 1 }
  - expect
output:
  dataset: team
  formats: [prompt-completion, examples]
  studentFormat: zeta1
`;

/** Both people's events, and everything that comes of them. @param outside a folder that is not the data folder */
export async function fillHousehold(
  server: TestServer,
  people: readonly [Person, Person],
  outside: string,
): Promise<void> {
  const { dataDir } = server;
  for (const person of people) {
    const numbers = Array.from({ length: capturesEach }, (_, n) => person.first + n);
    await upload(
      server,
      person,
      numbers.map((n) => capture(n, person.word)),
    );
    await upload(server, person, predictionEvents(person.first, person.word));
  }
  const [one, two] = people;
  await upload(server, one, [ratingEvent(1, two.first, one, two)]);
  await upload(server, two, [ratingEvent(2, one.first, two, one)]);

  const examples = await pulled(server.server.context.store);
  writeFileSync(join(outside, "pulled.jsonl"), examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
  writeFileSync(join(outside, "task.yaml"), task);
  await runNightly(dataDir, outside);
  // As a run leaves it that was killed in the middle of a line.
  const run = join(dataDir, "runs/nightly");
  const [line = ""] = examples
    .filter(({ source }) => source.contributor === one.id)
    .map((each) => JSON.stringify(each));
  const other = examples.filter(({ source }) => source.contributor === two.id).map((each) => JSON.stringify(each));
  writeFileSync(join(run, "08-label.jsonl.partial"), `${other[0]}\n${line}\n${line.slice(0, line.length - 40)}`);

  mkdirSync(join(dataDir, "rejected"), { recursive: true });
  appendFileSync(
    join(dataDir, "rejected/distill.jsonl"),
    [
      line.slice(0, -2),
      JSON.stringify({ snapshot: one.word }),
      `{"text": "${one.word}`,
      other[1]?.slice(0, -2),
      "",
    ].join("\n"),
  );
  // As `pull -o` leaves them there: one whole, one in the making.
  mkdirSync(join(dataDir, "pulls/old"), { recursive: true });
  writeFileSync(join(dataDir, "pulls/old/captured.jsonl"), `${other[0]}\n${line}\n`);
  writeFileSync(join(dataDir, "captured.jsonl.partial"), `${other[0]}\n${line}`);
  writeFileSync(join(dataDir, "captured.jsonl.partial.json"), "{}\n");
  mkdirSync(join(dataDir, "spool"), { recursive: true });
  // Process ids end at 4,194,304.
  writeFileSync(join(dataDir, "spool/spool-9999999-0.jsonl"), `${line}\n`);
  // As killed exports leave them, one of them the first of its dataset.
  for (const partial of ["team/v9.partial", "first/v1.partial"]) {
    mkdirSync(join(dataDir, "datasets", partial), { recursive: true });
    writeFileSync(join(dataDir, "datasets", partial, "train.jsonl"), `${line}\n`);
  }
  await fillCache(dataDir, people);
}

export async function pulled(store: Store): Promise<Example[]> {
  const chunks: Buffer[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const output = streamOutput(to, "memory");
  const choice = { contributors: [], repos: [], languages: [] };
  const range = { choice, after: 0, upTo: await store.events.lastPosition(), max: undefined };
  await writePull({ store, range, output, signal: new AbortController().signal });
  const lines = Buffer.concat(chunks).toString("utf8").trim();
  return lines === "" ? [] : lines.split("\n").map((each) => JSON.parse(each) as Example);
}

/** @returns of each stage whether its output was made or was still good */
export async function runNightly(dataDir: string, outside: string): Promise<string[]> {
  const stages: string[] = [];
  await runTask({
    task: await readTask(join(outside, "task.yaml"), "task.yaml"),
    configuration: loadConfiguration({ dataDir, configFile: undefined, env: {}, flags: { seed: 1 } }),
    dataDir,
    env: {},
    signal: new AbortController().signal,
    warn: () => undefined,
    now: () => new Date("2026-02-01T00:00:00.000Z"),
    observer: {
      begin: () => undefined,
      line: () => undefined,
      end: (stage, { reused }) => stages.push(reused ? `${stage} reused` : stage),
    },
  });
  return stages;
}

/** Answers that only one person's examples use, and one that both use. */
async function fillCache(dataDir: string, people: readonly [Person, Person]): Promise<void> {
  const cache = openCache({ file: join(dataDir, "cache.db"), now: () => new Date("2026-02-01T00:00:00.000Z") });
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const answer = (raw: string) => ({ raw, usage, stopReason: "end" as const });
  for (const { first, word } of people) {
    for (let n = first; n < first + capturesEach; n++) {
      const from = { model: "openai:teacher", exampleId: exampleId({ kind: "capture", eventId: eventId(n) }) };
      const key = `${word} ${n}`;
      await cache.storeAnswers([{ key, sample: 0, answer: answer(`${word} was answered`), latencyMs: 1 }], from);
      await cache.demote(key, "unparsable");
      await cache.storeAnswers([{ key, sample: 0, answer: answer(`${word} was answered again`), latencyMs: 1 }], from);
      await cache.storeAnswers([{ key: "both", sample: 0, answer: answer("of both"), latencyMs: 1 }], from);
    }
  }
  cache.close();
}

/** Every file below the folder whose bytes hold any of these. */
export async function filesWith(folder: string, needles: readonly (string | Uint8Array)[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (needles.some((needle) => bytes.includes(Buffer.from(needle)))) found.push(path.slice(folder.length + 1));
  }
  return found.sort();
}

/** Pieces from the middle of every event's body of that person, as it lies in the database of a server that is stopped. */
export function storedBodies(dataDir: string, contributor: string): Buffer[] {
  const db = openEventDatabase({ file: join(dataDir, "events.db"), readonly: true, create: false });
  try {
    const rows = db.all(db.build.selectFrom("events").select("body").where("contributor", "=", contributor));
    return rows.map(({ body }) => {
      const middle = Math.floor(body.length / 2);
      return Buffer.from(body.subarray(middle, middle + 24));
    });
  } finally {
    db.close();
  }
}
