/** The commands that load the rest when they are first asked for, in a file without anything of it. */

export const runtimeCommandNames = [
  "startContributing",
  "stopContributing",
  "snooze",
  "reviewPending",
  "whyNotCaptured",
  "deleteMyData",
  "connect",
  "showLastSnapshot",
  "showMenu",
  "refreshPending",
  "sendNow",
  "openPending",
  "dropPending",
  "dropPendingFile",
  "dropAllPending",
  "clearRefused",
] as const;
export type RuntimeCommandName = (typeof runtimeCommandNames)[number];
export type RuntimeCommands = Readonly<Record<RuntimeCommandName, (argument?: unknown) => Promise<void>>>;
