/** The dataset card: `README.md` with the front matter that dataset hubs read, and what a person should know. */
import { stringify } from "yaml";
import { isBuiltin } from "../models/builtin-id.ts";
import type { ManifestFile, ManifestHead } from "./manifest.ts";
import { MANIFEST_FILE } from "./manifest.ts";
import { SPLITS } from "./tally.ts";

/** What hubs call an SPDX identifier that ends in one of these: they tell no "only" from "or later". */
const SPDX_SUFFIX = /-(?:only|or-later)$/u;
/** Identifiers that hubs know (https://huggingface.co/docs/hub/repositories-licenses), of licences of code. */
const HUB_LICENCES: ReadonlySet<string> = new Set([
  ...[
    "mit",
    "apache-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "bsd-3-clause-clear",
    "isc",
    "zlib",
    "bsl-1.0",
    "ms-pl",
    "ncsa",
  ],
  ...["mpl-2.0", "epl-1.0", "epl-2.0", "eupl-1.1", "eupl-1.2", "osl-3.0", "artistic-2.0", "afl-3.0", "postgresql"],
  ...["gpl-2.0", "gpl-3.0", "lgpl-2.1", "lgpl-3.0", "agpl-3.0", "unlicense", "wtfpl", "cc0-1.0", "unknown"],
]);

/** Upper bounds of the hubs' size classes. */
const SIZE_CLASSES: readonly (readonly [below: number, name: string])[] = [
  [1_000, "n<1K"],
  [10_000, "1K<n<10K"],
  [100_000, "10K<n<100K"],
  [1_000_000, "100K<n<1M"],
  [10_000_000, "1M<n<10M"],
  [Number.POSITIVE_INFINITY, "10M<n<100M"],
];

/** Where each kind of target comes from, as the design's *expect* orders them. */
const TARGET_ORIGINS: Readonly<Record<string, string>> = {
  reviewer: "written by a reviewer",
  rated: "a shown prediction that a person rated good",
  sample: "the student's sample closest to the settled text",
  repair: "the teacher's answer to a second request",
  teacher: "the teacher's first answer",
  settled: "what the person themselves settled on",
};

/** A target of `sample` that no sample gave. */
const UNCHANGED = "no edit, where the person made none";

export type CardFacts = Omit<ManifestHead, "files"> & { readonly files: readonly ManifestFile[] };

export function datasetCard(facts: CardFacts): string {
  const sections = [
    `---\n${stringify(frontMatter(facts), { lineWidth: 0 })}---`,
    `# ${facts.dataset}`,
    intro(facts),
    `## Files\n\n${filesTable(facts)}`,
    `## Targets\n\n${targets(facts)}`,
    `## How it was made\n\n${howMade(facts)}`,
    `## What fell out\n\n${funnel(facts)}`,
    `## What was redacted\n\n${redaction(facts)}`,
    `## Where it comes from\n\n${origins(facts)}`,
    `## How to withdraw\n\n${WITHDRAWAL}`,
    `## Limits\n\n${limits(facts)}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Whether any format has prompts; examples alone have none. */
function isRendered(formats: CardFacts["formats"]): boolean {
  return formats.some(({ name }) => name !== "examples");
}

function frontMatter({ dataset, counts, formats, files }: CardFacts): Record<string, unknown> {
  return {
    pretty_name: dataset,
    ...hubLicence(Object.keys(counts.licences)),
    language: ["code"],
    task_categories: ["text-generation"],
    tags: ["edit-prediction", "code", "stillpoint"],
    size_categories: [SIZE_CLASSES.find(([below]) => counts.exported < below)?.[1]],
    configs: formats.map(({ name, folder }, index) => ({
      config_name: name,
      ...(index === 0 ? { default: true } : {}),
      data_files: SPLITS.flatMap((split) => {
        const path = `${folder}/${split}.jsonl`;
        const rows = files.find((file) => file.path === path)?.rows ?? 0;
        return rows > 0 ? [{ split, path }] : [];
      }),
    })),
  };
}

/** One licence, or a list of several, the most frequent first; `license_name` says what `other` is, where that is one. */
function hubLicence(licences: readonly string[]): { license: string | readonly string[]; license_name?: string } {
  const known = (licence: string) => {
    const id = licence.toLowerCase().replace(SPDX_SUFFIX, "");
    return HUB_LICENCES.has(id) ? id : "other";
  };
  const ids = [...new Set(licences.map(known))];
  const [only = "unknown"] = ids;
  const [unfamiliar, ...more] = licences.filter((licence) => known(licence) === "other");
  return {
    license: ids.length > 1 ? ids : only,
    ...(unfamiliar !== undefined && more.length === 0 ? { license_name: unfamiliar } : {}),
  };
}

function intro({ counts, formats, student }: CardFacts): string {
  const names = formats.map(({ name }) => `\`${name}\``).join(", ");
  const rendered = isRendered(formats)
    ? ` Prompts and answers are in the student format \`${student.format}\`. Train on completions and assistant turns alone.`
    : "";
  return `Edit predictions: what an editor knew when a programmer paused (the text around the cursor with one editable region,
the recent edits, definitions, diagnostics), and the region as it should become. ${plural(counts.exported, "example")}, made with
Stillpoint, as ${names}.${rendered}`;
}

function filesTable({ files }: CardFacts): string {
  const rows = files.map(({ path, rows: count, sha256 }) => [`\`${path}\``, String(count ?? ""), `\`${sha256}\``]);
  return `${table(["file", "rows", "SHA-256"], rows)}

\`${MANIFEST_FILE}\` lists every example's id, its split, a hash of its split group, and the SHA-256 of its rows. A split group (one
contributor's work in one repository, or one file of a git repository) is never on two sides.`;
}

function targets({ targets: from, counts }: CardFacts): string {
  const rows = from.map((target) => [
    target.from === "sample" && target.model === null ? UNCHANGED : (TARGET_ORIGINS[target.from] ?? target.from),
    target.model === null ? "" : `\`${target.model}\``,
    String(target.count),
  ]);
  const byBuiltin = from
    .filter(({ model }) => model !== null && isBuiltin(model))
    .reduce((sum, { count }) => sum + count, 0);
  const note = `

**${byBuiltin === counts.exported ? "All" : `${byBuiltin} of ${counts.exported}`} targets were proposed by \`builtin\`**, a predictor made of rules that continues what the edit
history shows. It is no language model: these targets show that the pipeline works and are a floor to measure against,
but the best that a student can learn from them is these rules.`;
  return `${table(["target", "model", "examples"], rows)}${byBuiltin > 0 ? note : ""}`;
}

function howMade({ provenance, options, student, formats }: CardFacts): string {
  const rendering = !isRendered(formats)
    ? ""
    : `Rows were rendered by \`${student.version}\`; none is longer than an estimated ${options.maxTokens} tokens (three bytes of UTF-8
counted as one).`;
  if (provenance === null) {
    return `Exported from a file of examples of which no run is known, so the stages and their options are not recorded here. The
examples themselves say which models answered. ${rendering}`;
  }
  const rows = provenance.stages.map(({ name, version, options: chosen }) => [
    `\`${name}\``,
    String(version),
    `\`${JSON.stringify(chosen)}\``,
  ]);
  return `Seed ${provenance.seed}. Stages in order:

${table(["stage", "version", "options"], rows)}

${rendering}`;
}

function funnel({ counts, funnel: lost }: CardFacts): string {
  const rows = Object.entries(lost).flatMap(([stage, reasons]) =>
    Object.entries(reasons).map(([reason, count]) => [`\`${stage}\``, `\`${reason}\``, String(count)]),
  );
  const summary = `${plural(counts.read, "example")} came in, ${counts.exported} went out.`;
  return rows.length === 0 ? summary : `${summary}\n\n${table(["stage", "reason", "examples"], rows)}`;
}

function redaction({ redaction: { redactedExamples, unredactedExamples, kinds }, counts }: CardFacts): string {
  const rows = Object.entries(kinds)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => [`\`${kind}\``, String(count)]);
  const summary = `Secrets and personal data that rules recognise were replaced by placeholders in ${redactedExamples} of ${plural(counts.exported, "example")}${rows.length > 0 ? ":" : "."}`;
  const unredacted = `**${plural(unredactedExamples, "example")} never went through \`redact\`**; they were only scanned for secrets before this export.`;
  return [
    summary,
    ...(rows.length > 0 ? [table(["kind", "replaced"], rows)] : []),
    ...(unredactedExamples > 0 ? [unredacted] : []),
    "Every text was scanned for secrets once more before it was written. Rules find what has a known shape; they do not find everything.",
  ].join("\n\n");
}

function origins({ counts }: CardFacts): string {
  const languages = Object.entries(counts.languages).map(([name, count]) => [name, String(count)]);
  const licences = Object.entries(counts.licences).map(([name, count]) => [name, String(count)]);
  return `${table(["language", "examples"], languages)}

${table(["licence of the repository", "examples"], licences)}

The code belongs to its authors and stays under the licences above. Contributors are recorded by pseudonym; names that
the code and its comments hold are still in them.`;
}

const WITHDRAWAL = `If code of yours is in here and should not be, tell whoever gave you this dataset, with the row or the example's id from
\`${MANIFEST_FILE}\`. Versions are never changed: the examples are deleted at their source, the next version is made without
them, and this one should no longer be used.`;

function limits({ options, provenance }: CardFacts): string {
  const points = [
    "A target is one good next edit, not the only one.",
    "Examples show what the editor's excerpt, history and definitions held; a programmer may have known more.",
    "Code is biased towards the repositories, languages and people above.",
    ...(options.dropLong ? ["Examples over the token limit were left out, so very long contexts are missing."] : []),
    ...(provenance === null ? ["How the examples were chosen is not recorded."] : []),
  ];
  return points.map((point) => `- ${point}`).join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
