/** Releases what a piece of work took, in the reverse order, however the work ends. */

export type Release = () => Promise<void> | void;

/**
 * `await using` in a form that every supported Node knows.
 * @param work is given a function that takes the release of something, on the line that takes the thing itself
 * @throws what `work` throws, else the first fault of a release
 */
export async function scoped<Result>(work: (defer: (release: Release) => void) => Promise<Result>): Promise<Result> {
  const releases: Release[] = [];
  let worked: PromiseSettledResult<Result>;
  try {
    worked = { status: "fulfilled", value: await work((release) => releases.push(release)) };
  } catch (reason) {
    worked = { status: "rejected", reason };
  }
  for (const release of releases.reverse()) {
    try {
      await release();
    } catch (reason) {
      if (worked.status === "fulfilled") worked = { status: "rejected", reason };
    }
  }
  if (worked.status === "rejected") throw worked.reason;
  return worked.value;
}
