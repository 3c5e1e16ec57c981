/** Turns the output of `git format-patch` into examples, as if its patches were a repository's own commits. */
import { createReadStream } from "node:fs";
import { ConfigurationError, Failure } from "../errors.ts";
import type { ObjectReader } from "../git/blobs.ts";
import { readPatchMails } from "../git/patch-mail.ts";
import { openRepository, resolveCommit } from "../git/repository.ts";
import { readFault } from "../jsonl/faults.ts";
import { fileSha256 } from "../jsonl/file-hash.ts";
import { newCounts } from "./counts.ts";
import type { GitImport, ImportGitOptions } from "./import-git.ts";
import { importIdentity } from "./import-git.ts";
import { PatchSeries } from "./patch-series.ts";
import type { CommitInTurn } from "./replay-commits.ts";
import { replayCommits } from "./replay-commits.ts";

export interface PatchImportOptions extends Omit<ImportGitOptions, "range"> {
  /** The file of patches, as an absolute path, and what to call it. */
  readonly patch: string;
  readonly patchShown: string;
  /** The commit that the first patch was made on; HEAD where it is not said. */
  readonly base?: string;
  /** Told of each patch that is passed over, in a sentence. */
  readonly onPassedOver: (sentence: string) => void;
}

/**
 * In the order of the file.
 * @throws ConfigurationError for a folder that is no repository, a base that is no commit in it, a file without patches
 */
export async function openPatchImport(options: PatchImportOptions): Promise<GitImport> {
  const { patch, patchShown, base: named = "HEAD" } = options;
  const repository = await openRepository(options.repo, options.env, options.repoShown);
  const base = await resolveCommit(repository, named);
  const mails = await countMails(patch).catch((error: unknown) => {
    throw readFault(error, patchShown);
  });
  if (mails === 0) {
    throw new ConfigurationError(
      `${patchShown} holds no patch: it does not begin with "From ID Mon Sep 17 00:00:00 2001", as the output of git format-patch does.`,
    );
  }
  const counts = newCounts();
  async function* commits(objects: ObjectReader): AsyncGenerator<CommitInTurn, void, undefined> {
    const series = new PatchSeries(objects, base);
    const known = new Set<string>();
    let fitting = 0;
    for await (const mail of readPatchMails(createReadStream(patch))) {
      const pass = (reason: string, sentence: string): CommitInTurn => {
        options.onPassedOver(`patch ${mail.id.slice(0, 12)} of ${patchShown} is passed over: ${sentence}.`);
        return { ...nothingOf(mail.id, objects), passedOver: reason };
      };
      if ("fault" in mail) {
        yield pass(mail.fault, mail.sentence);
        continue;
      }
      if (known.has(mail.id)) {
        yield pass("repeated", "one with its id stands above it");
        continue;
      }
      known.add(mail.id);
      const result = await series.apply(mail);
      if (result.ok) fitting++;
      yield result.ok ? result.commit : pass(result.reason, result.sentence);
    }
    if (fitting === 0) {
      throw new Failure(
        `no patch of ${patchShown} applies to ${options.repoShown} at ${named}: name the repository that they were made in with --repo, and the commit under the first one with --base.`,
      );
    }
  }
  return {
    identity: { ...importIdentity(repository, [base], options), patch: (await fileSha256(patch)) ?? null },
    counts,
    commits: mails,
    examples: (before) => replayCommits({ repository, options, counts, wholeCommits: false, commits }, before),
  };
}

function nothingOf(id: string, blobs: ObjectReader): CommitInTurn {
  const commit = { id, parents: [], authoredAt: Number.NaN, authorEmail: "", files: [], overflow: false };
  return { commit, blobs, parent: null, licensedBy: id };
}

/** Before anything is written on the file's account. */
async function countMails(path: string): Promise<number> {
  let mails = 0;
  for await (const _mail of readPatchMails(createReadStream(path))) mails++;
  return mails;
}
