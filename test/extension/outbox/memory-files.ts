/**
 * A disk in memory that forgets like a real one: what was not synced may be gone after a power cut, in part or whole. Every
 * call is a step at which a test may let it fail or cut the power.
 */
import { basename } from "node:path";
import type { OutboxFile, OutboxFiles } from "../../../extension/outbox/files.ts";

interface Node {
  readonly identity: string;
  content: Buffer;
  synced: Buffer;
  modifiedMs: number;
}

/** The power is gone: nothing works any more. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: on purpose`), { code });
}

type NameChange = (names: Map<string, Node>) => void;

export interface MemoryDisk {
  readonly files: OutboxFiles;
  readonly isCut: boolean;
  /** How many steps were taken. */
  readonly steps: number;
  /** What each step was, as `append a.log`. */
  readonly trace: readonly string[];
  /** Called before every step with its number, from 1; may throw a system's error, and the step waits for it. */
  before: (step: number, what: string) => unknown;
  /** At this step the power goes; of an append, half is written. */
  cutAt: number;
  /** Of what was not synced, which share survives: 0 to 1, once for the names and once for every file. */
  restart(survives: () => number): void;
  /** All bytes that files hold now. */
  bytes(): number;
  /** Whether some file holds this text. */
  holds(text: string): boolean;
  names(): string[];
  /** Changes a file behind everybody's back. */
  spoil(name: string, change: (content: Buffer) => Buffer): void;
}

export function memoryDisk(): MemoryDisk {
  let names = new Map<string, Node>();
  let syncedNames = new Map<string, Node>();
  let changes: NameChange[] = [];
  let hasFolder = false;
  let made = 0;
  let time = 0;
  let isCut = false;
  const trace: string[] = [];

  const disk: MemoryDisk = {
    files: {
      async makeFolder() {
        await step("makeFolder");
        hasFolder = true;
      },
      async list() {
        await step("list");
        if (!hasFolder) throw systemError("ENOENT");
        return [...names.keys()];
      },
      async open(path, how) {
        const name = basename(path);
        await step(`${how} ${name}`);
        if (!hasFolder) throw systemError("ENOENT");
        const found = names.get(name);
        if (how !== "create") return asFile(name, found ?? missing());
        if (found) throw systemError("EEXIST");
        made += 1;
        const node: Node = {
          identity: String(made),
          content: Buffer.alloc(0),
          synced: Buffer.alloc(0),
          modifiedMs: ++time,
        };
        change((all) => void all.set(name, node));
        return asFile(name, node);
      },
      async facts(path) {
        await step("facts");
        return factsOf(names.get(basename(path)) ?? missing());
      },
      async touch(path) {
        await step(`touch ${basename(path)}`);
        (names.get(basename(path)) ?? missing()).modifiedMs = ++time;
      },
      async rename(from, to) {
        await step(`rename ${basename(from)} ${basename(to)}`);
        const node = names.get(basename(from)) ?? missing();
        change((all) => {
          all.delete(basename(from));
          all.set(basename(to), node);
        });
      },
      async unlink(path) {
        await step(`unlink ${basename(path)}`);
        if (!names.has(basename(path))) missing();
        change((all) => void all.delete(basename(path)));
      },
      async syncFolder() {
        await step("syncFolder");
        syncedNames = new Map(names);
        changes = [];
      },
    },
    get isCut() {
      return isCut;
    },
    get steps() {
      return trace.length;
    },
    trace,
    before: () => undefined,
    cutAt: 0,
    restart(survives) {
      for (const apply of changes.slice(0, Math.round(changes.length * survives()))) apply(syncedNames);
      names = new Map(syncedNames);
      changes = [];
      for (const node of names.values()) {
        const unsynced = node.content.subarray(node.synced.length);
        node.content = Buffer.concat([node.synced, unsynced.subarray(0, Math.round(unsynced.length * survives()))]);
        node.synced = node.content;
      }
      isCut = false;
      disk.cutAt = 0;
    },
    bytes: () => [...names.values()].reduce((sum, { content }) => sum + content.length, 0),
    holds: (text) => [...names.values()].some(({ content }) => content.includes(text)),
    names: () => [...names.keys()],
    spoil(name, changed) {
      const node = names.get(name) ?? missing();
      node.content = changed(node.content);
      node.synced = node.content;
    },
  };

  function missing(): never {
    throw systemError("ENOENT");
  }

  function change(apply: NameChange): void {
    apply(names);
    changes.push(apply);
  }

  async function step(what: string): Promise<void> {
    // As a real call: it takes a turn, in which others may come between.
    await Promise.resolve();
    if (isCut) throw new PowerCut();
    trace.push(what);
    const number = trace.length;
    await disk.before(number, what);
    if (number !== disk.cutAt) return;
    isCut = true;
    throw new PowerCut();
  }

  function factsOf({ identity, content, modifiedMs }: Node) {
    return { identity, size: content.length, modifiedMs };
  }

  function asFile(name: string, node: Node): OutboxFile {
    const add = (bytes: Uint8Array): void => {
      node.content = Buffer.concat([node.content, bytes]);
      node.modifiedMs = ++time;
    };
    return {
      async facts() {
        await step("facts");
        return factsOf(node);
      },
      async read(into, position) {
        await step(`read ${name}`);
        return node.content.copy(into, 0, position, position + into.length);
      },
      async append(bytes) {
        try {
          await step(`append ${name}`);
        } catch (error) {
          // A write that fails may have written some.
          if (trace.at(-1) === `append ${name}`) add(bytes.subarray(0, bytes.length >> 1));
          throw error;
        }
        add(bytes);
      },
      async truncate(size) {
        await step(`truncate ${name}`);
        node.content = node.content.subarray(0, size);
        if (node.synced.length > size) node.synced = node.content;
      },
      async sync() {
        await step(`sync ${name}`);
        node.synced = node.content;
      },
      async close() {
        if (isCut) throw new PowerCut();
      },
    };
  }

  return disk;
}
