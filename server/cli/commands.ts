/**
 * The table of subcommands. Only the one that was asked for is loaded, so that `stillpoint --version` and the help
 * read no grammar, no database and no SDK.
 */
import type { Command } from "commander";
import { stageTable } from "../stages/index.ts";
import type { CliContext } from "./context.ts";

export interface CommandEntry {
  readonly name: string;
  /** One line of `stillpoint --help`. */
  readonly summary: string;
  /** Heading of that help under which it stands. */
  readonly group: "Start here:" | "Make examples:" | "Stages:" | "Look at the result:" | "Serve a team:";
  /** Loads the implementation, and makes the command with its own options and help. */
  readonly load: (cli: CliContext) => Promise<Command>;
}

export const commandTable: readonly CommandEntry[] = [
  {
    name: "demo",
    summary: "take a repository's history through the whole line",
    group: "Start here:",
    load: async (cli) => (await import("./demo.ts")).demoCommand(cli),
  },
  {
    name: "demo-server",
    summary: "the same, begun by what editors send to a server",
    group: "Start here:",
    load: async (cli) => (await import("./demo-server.ts")).demoServerCommand(cli),
  },
  {
    name: "run",
    summary: "execute a task file, from its input to a dataset",
    group: "Start here:",
    load: async (cli) => (await import("./run.ts")).runCommand(cli),
  },
  {
    name: "import-git",
    summary: "turn a repository's history into examples",
    group: "Make examples:",
    load: async (cli) => (await import("./import-git.ts")).importGitCommand(cli),
  },
  {
    name: "pull",
    summary: "take what the server has stored as examples",
    group: "Make examples:",
    load: async (cli) => (await import("./pull.ts")).pullCommand(cli),
  },
  ...stageTable.map(
    ({ name, summary, load }): CommandEntry => ({
      name,
      summary,
      group: "Stages:",
      load: async (cli) => {
        if (name === "settle") return (await import("./settle.ts")).settleCommand(cli, summary);
        if (name === "filter") return (await import("./filter.ts")).filterCommand(cli, summary);
        return (await import("./stage-command.ts")).stageCommand(cli, await load(), summary);
      },
    }),
  ),
  {
    name: "eval",
    summary: "compare models on the held-out splits",
    group: "Look at the result:",
    load: async (cli) => (await import("./eval.ts")).evalCommand(cli),
  },
  {
    name: "export",
    summary: "write examples with targets as a dataset version",
    group: "Look at the result:",
    load: async (cli) => (await import("./export.ts")).exportCommand(cli),
  },
  {
    name: "datasets",
    summary: "list, show, verify and rebuild dataset versions",
    group: "Look at the result:",
    load: async (cli) => (await import("./datasets.ts")).datasetsCommand(cli),
  },
  {
    name: "stats",
    summary: "count what fell out where and why, and what is left",
    group: "Look at the result:",
    load: async (cli) => (await import("./stats.ts")).statsCommand(cli),
  },
  {
    name: "explain",
    summary: "show every stage's decision on one example",
    group: "Look at the result:",
    load: async (cli) => (await import("./explain.ts")).explainCommand(cli),
  },
  {
    name: "diff",
    summary: "compare two files of examples",
    group: "Look at the result:",
    load: async (cli) => (await import("./diff.ts")).diffCommand(cli),
  },
  {
    name: "schema",
    summary: "print a record's JSON Schema",
    group: "Look at the result:",
    load: async (cli) => (await import("./schema.ts")).schemaCommand(cli),
  },
  {
    name: "serve",
    summary: "run the companion server that contributors send to",
    group: "Serve a team:",
    load: async (cli) => (await import("./serve.ts")).serveCommand(cli),
  },
  {
    name: "token",
    summary: "make, list and revoke the tokens that people come in by",
    group: "Serve a team:",
    load: async (cli) => (await import("./token.ts")).tokenCommand(cli),
  },
  {
    name: "contributors",
    summary: "list contributors, and how much is stored of each",
    group: "Serve a team:",
    load: async (cli) => (await import("./contributors.ts")).contributorsCommand(cli),
  },
  {
    name: "policy",
    summary: "show or set what is captured, from whom, and kept how long",
    group: "Serve a team:",
    load: async (cli) => (await import("./policy.ts")).policyCommand(cli),
  },
  {
    name: "forget",
    summary: "delete all that is a contributor's, with a signed receipt",
    group: "Serve a team:",
    load: async (cli) => (await import("./forget.ts")).forgetCommand(cli),
  },
  {
    name: "receipt",
    summary: "verify the receipt of a deletion",
    group: "Serve a team:",
    load: async (cli) => (await import("./receipt.ts")).receiptCommand(cli),
  },
  {
    name: "retention",
    summary: "delete events that were kept as long as the policy says",
    group: "Serve a team:",
    load: async (cli) => (await import("./retention.ts")).retentionCommand(cli),
  },
  {
    name: "ratings",
    summary: "show how much is rated, and how far reviewers agree",
    group: "Serve a team:",
    load: async (cli) => (await import("./ratings.ts")).ratingsCommand(cli),
  },
  {
    name: "backup",
    summary: "copy the server's database to one file, while it serves",
    group: "Serve a team:",
    load: async (cli) => (await import("./backup.ts")).backupCommand(cli),
  },
  {
    name: "restore",
    summary: "put a backup in the place of the server's database",
    group: "Serve a team:",
    load: async (cli) => (await import("./restore.ts")).restoreCommand(cli),
  },
  {
    name: "doctor",
    summary: "say what is right and wrong with the data folder",
    group: "Serve a team:",
    load: async (cli) => (await import("./doctor.ts")).doctorCommand(cli),
  },
  {
    name: "audit",
    summary: "show what admins did",
    group: "Serve a team:",
    load: async (cli) => (await import("./audit.ts")).auditCommand(cli),
  },
];
