/** Everything that contributing needs, wired; a bundle of its own, loaded on first use. */
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { redactInSlices } from "../../shared/privacy/redact.ts";
import type { Redactable } from "../../shared/privacy/redactable.ts";
import { defaultPolicy } from "../../shared/wire/policy.ts";
import { createCapture } from "../capture/capture.ts";
import { createEnvelopes } from "../capture/envelope.ts";
import { finishCapture } from "../capture/finish.ts";
import type { GiveUpReason, SettledCapture } from "../capture/frozen-capture.ts";
import { systemClock } from "../clock.ts";
import { createClient } from "../connection/client.ts";
import { parseOrigin } from "../connection/origin.ts";
import { describeDiagnostics } from "../context/diagnostics.ts";
import { gatherContext } from "../context/gather.ts";
import { createRepositories } from "../context/repository.ts";
import { createConsent } from "../gate/consent.ts";
import { consentFiles } from "../gate/consent-files.ts";
import { watchConsent } from "../gate/consent-watch.ts";
import { createFileFacts } from "../gate/file-facts.ts";
import { nodeFiles } from "../gate/files.ts";
import type { GateDeps } from "../gate/gate.ts";
import { createGate } from "../gate/gate.ts";
import { createGit } from "../gate/git.ts";
import { createGitIgnored } from "../gate/git-ignored.ts";
import { createRefusals } from "../gate/refusals.ts";
import { createSnooze } from "../gate/snooze.ts";
import { OutboxFault } from "../outbox/faults.ts";
import { openOutbox } from "../outbox/outbox.ts";
import { watchBranches } from "./branches.ts";
import type { RuntimeCommands } from "./command-names.ts";
import { lookups } from "./lookups.ts";
import { runtimeCommands } from "./runtime-commands.ts";
import { holdServer } from "./server.ts";
import type { Shell } from "./shell.ts";
import { keepStatus } from "./status.ts";
import { tokensIn } from "./tokens.ts";
import { trackDocuments } from "./tracking.ts";
import { editorView } from "./view.ts";
import { dropWithdrawn } from "./withdrawal.ts";

const consentKeyBytes = 32;

export interface Runtime {
  readonly commands: RuntimeCommands;
  dispose(): Promise<void>;
}

export async function startRuntime(shell: Shell): Promise<Runtime> {
  const { context, t, log, settings, state, inBackground } = shell;
  const clock = systemClock();
  const version = String(context.extension.packageJSON.version);
  const { platform } = process;
  const storage = context.globalStorageUri.fsPath;
  const store = {
    get: (key: string): unknown => context.globalState.get(key),
    set: async (key: string, value: unknown) => context.globalState.update(key, value),
  };

  // What is known of this person, this machine and the server.
  const tokens = tokensIn(context.secrets);
  if (state.consentKey.get() === "") await state.consentKey.set(randomBytes(consentKeyBytes).toString("hex"));
  const consent = createConsent(consentFiles(join(storage, "consent"), state.consentKey.get), clock, (folder) => {
    consentElsewhere.adopt(folder);
    inBackground("a change of consent", consentChanged);
  });
  const snooze = createSnooze(clock, () => mayFollowChanged());
  const outbox = await openOutbox({ folder: join(storage, "outbox"), clock, translate: t });
  const clientOf = (origin: string, token = tokens.of) => createClient({ origin, token, version, clock, translate: t });
  const server = holdServer({
    address: settings.serverUrl,
    isLive: () => consent.folders().length > 0 || outbox.stats().waiting > 0,
    isConnected: () => contributor() !== undefined,
    clientOf,
    outbox,
    store,
    clock,
    random: Math.random,
    translate: t,
    fault: log.fault,
    // A policy that says stop is heard here.
    changed: () => mayFollowChanged(),
  });
  const contributor = () => {
    const known = state.connection.get();
    const parsed = parseOrigin(settings.serverUrl());
    return parsed.ok && known?.origin === parsed.origin ? known.contributor : undefined;
  };
  const policy = () => {
    const known = server.current()?.policy.current();
    return known?.known ? known.answer : null;
  };

  // What may be captured.
  const files = nodeFiles(platform);
  const git = createGit({ clock, env: process.env, startIn: context.extensionUri.fsPath });
  const repositories = createRepositories({ files, git, clock });
  const facts = createFileFacts({ files, ignored: createGitIgnored({ files, git, home: homedir() }), clock });
  const refusals = createRefusals(clock);
  const rules: GateDeps = {
    ...{ clock, platform, clientVersion: version, translate: t, consent, snooze, facts, repositories, refusals },
    ...{ policy, contributor },
    telemetry: () => vscode.env.isTelemetryEnabled,
    trust: () => vscode.workspace.isTrusted,
    folders: () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.toString()),
    settings: (folder) => settings.ofFolder(vscode.Uri.parse(folder, true)),
    openText: (uri) => tracking.of(uri),
  };
  const gate = createGate(rules);
  /** For what is shown to the person alone: all rules about files, and none about consent. */
  const previewGate = createGate({
    ...rules,
    refusals: createRefusals(clock),
    consent: { state: () => "given" },
    snooze: { state: () => null },
    telemetry: () => true,
    policy: () => policy() ?? { allowed: true, policy: defaultPolicy },
    settings: (folder) => ({ ...rules.settings(folder), allows: () => true }),
  });

  // What is captured, and what becomes of it.
  const envelopes = createEnvelopes({ clock, randomBytes });
  const counts = { settled: 0, gaveUp: new Map<GiveUpReason, number>() };
  const gaveUp = (reason: GiveUpReason) => {
    counts.gaveUp.set(reason, (counts.gaveUp.get(reason) ?? 0) + 1);
    log.info(`a capture was given up: ${reason}`);
  };
  /** Others have their turn in between: a language server's answer, the next key. */
  const slices = { monotonicMs: clock.monotonicMs, pause: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const redact = <Rest>(input: Redactable<Rest>) => redactInSlices(input, slices);
  const finishing = {
    ...{ gate, envelopes, gaveUp },
    redact,
    consent: (folder: string) => consent.given(folder, "snapshots"),
    append: outbox.append,
  };
  async function settled(capture: SettledCapture): Promise<void> {
    try {
      const finished = await finishCapture(capture, finishing);
      if (finished.kind === "kept") counts.settled++;
      log.info(finished.kind === "kept" ? `captured ${finished.eventId}` : `a settled capture was ${finished.kind}`);
    } catch (error) {
      // Said by the status item, and in the list of what was not sent.
      if (!(error instanceof OutboxFault)) throw error;
      log.warn("a settled capture could not be kept on the disk");
    }
  }
  const capture = createCapture({
    ...{ clock, view: editorView(), gaveUp, settled },
    describe: describeDiagnostics,
    gather: gatherContext({ clock, platform, repositories, lookups: lookups(), folders: rules.folders }),
    random: Math.random,
    versions: { editor: vscode.version, extension: version },
    rates: () => (policy()?.policy ?? defaultPolicy).rates,
    mayOpen: (uri) => gate.mayOpen(uri),
    fault: (error) => log.fault("capture", error),
  });
  const tracking = trackDocuments({ capture, clock, isWanted: gate.mayFollow });
  const branches = watchBranches({ files, repositories, inBackground, switched: capture.branchChanged });
  const followed = () => (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => gate.mayFollow(uri.toString()));

  // What the person sees of it.
  const status = keepStatus({
    ...{ shell, clock, consent, gate, snooze, outbox },
    trouble: () => (outbox.stats().waiting > 0 || consent.folders().length > 0 ? server.trouble() : undefined),
    isHeld: () => server.current()?.uploader.state().kind === "held",
    isCutOff: server.isCutOff,
    isConnected: () => contributor() !== undefined,
  });
  const { commands, dispose: disposeCommands } = runtimeCommands({
    ...{ shell, clock, consent, gate, previewGate, snooze, outbox, envelopes, server, tokens, refusals, counts },
    ...{ capture, tracking, status, contributor, policy, clientOf, redact },
  });

  const consentElsewhere = watchConsent({
    ...{ consent, clock, folders: rules.folders },
    changed: (folder, off) => {
      inBackground("a change of consent in another window", consentChanged);
      inBackground("a withdrawal in another window", () => dropWithdrawn(outbox, folder, off));
    },
  });
  async function consentChanged(): Promise<void> {
    // First what stops capture: remembering it may fail on a full disk.
    mayFollowChanged();
    await state.contributingFolders.set(consent.folders());
    await server.update();
  }
  function mayFollowChanged(): void {
    tracking.update();
    status.changed();
    inBackground("watching branches", () => branches.watch(followed()));
  }
  /** Something that is the same for every file of a folder. */
  const mayChanged = () => {
    gate.changed(undefined);
    mayFollowChanged();
  };
  const settingsChanged = (event: vscode.ConfigurationChangeEvent) => {
    if (!event.affectsConfiguration("stillpoint") && !event.affectsConfiguration("files.exclude")) return;
    mayChanged();
    inBackground("a change of the settings", server.update);
  };
  const lists = vscode.workspace.createFileSystemWatcher("**/{.gitignore,.stillpointignore}");
  const fileChanged = (uri: vscode.Uri) => {
    gate.changed(uri.toString());
    status.changed();
  };
  const subscriptions = [
    consentElsewhere,
    vscode.workspace.onDidChangeConfiguration(settingsChanged),
    vscode.workspace.onDidChangeWorkspaceFolders(() => inBackground("a change of the folders", consentChanged)),
    vscode.workspace.onDidGrantWorkspaceTrust(mayChanged),
    vscode.env.onDidChangeTelemetryEnabled(mayChanged),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => gate.changed(uri.toString())),
    vscode.workspace.onDidRenameFiles(() => gate.changed(undefined)),
    vscode.workspace.onDidDeleteFiles(() => gate.changed(undefined)),
    lists,
    lists.onDidChange(fileChanged),
    lists.onDidCreate(fileChanged),
    lists.onDidDelete(fileChanged),
    outbox.onChange(() => inBackground("a change of the outbox", server.update)),
  ];
  await server.update();
  await consentChanged();
  const origin = parseOrigin(settings.serverUrl());
  log.info(`ready; ${consent.folders().length} folders contribute, ${outbox.stats().waiting} events wait`);
  if (!origin.ok) log.warn(`stillpoint.server.url: ${origin.sentence}`);

  return {
    commands,
    async dispose() {
      for (const each of subscriptions) each.dispose();
      disposeCommands();
      status.dispose();
      branches.dispose();
      tracking.dispose();
      capture.dispose();
      snooze.dispose();
      await server.dispose();
      await outbox.dispose();
    },
  };
}
