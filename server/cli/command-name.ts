/** How the person calls this command from where they stand: an npm script, or the installed program. */
export function commandName(env: Readonly<Record<string, string | undefined>>): string {
  const script = env["npm_lifecycle_event"];
  const ours = script === "demo" || script === "demo:server" || script === "stillpoint";
  return ours ? "npm run -s stillpoint --" : "stillpoint";
}
