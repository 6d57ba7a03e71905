import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { decodeAnswer, encodeArguments, type NativeAnswer } from './answer.ts';
import type { HostFacts, Lock, OpFailure, Ops, Wait } from './generated/plan.ts';
import type { AnyCall, Host, OpArguments, OpResult, Results } from './host.ts';
import { HostError } from './host-error.ts';
import { Turns } from './node-turns.ts';

/** crates/node. */
interface Addon {
  call(op: string, args: string): Promise<NativeAnswer>;
  /** One after the other, up to the first failure. */
  callAll(ops: string[], args: string[]): Promise<NativeAnswer[]>;
  /** `wait` without a thread; never in the foreground. */
  wait(args: string): Promise<NativeAnswer>;
  /** On a thread of its own, for what waits for long. */
  callApart(op: string, args: string): Promise<NativeAnswer>;
  /** Directory of `rundlet` and `rundlet-shim`. */
  setPrograms(directory: string): void;
}

/** Operations that may last as long as a container does. */
const long = new Set<keyof Ops>([
  'awaitEnd',
  'logRead',
  'shimAttach',
  'shimExec',
  'shimWait',
  'registrySend',
  'pullNext',
  'packLayer',
  'uploadBlob',
  'tailNext',
  'watchNext',
]);

/** Operations that wait for others to finish. */
const locks = new Set<keyof Ops>(['lock', 'lockDirectory']);

let host: Host | undefined;

/** The host of this Node process; operations run on other threads. */
export function nodeHost(): Host {
  host ??= makeHost(loadAddon());
  return host;
}

function makeHost(addon: Addon): Host {
  const turns = new Turns();
  let facts: Promise<HostFacts> | undefined;
  const one = async <K extends keyof Ops>(op: K, args: OpArguments<K>): Promise<OpResult<K>> => {
    const answer = await begin(addon, op, args);
    await turns.next();
    return decodeAnswer(op, answer);
  };
  return {
    get cwd() {
      return currentDirectory();
    },
    get env() {
      return process.env as Record<string, string>;
    },
    pid: process.pid,
    beside: true,
    call: <K extends keyof Ops>(op: K, args: OpArguments<K>): Promise<OpResult<K>> => {
      if (op !== 'facts') return one(op, args);
      // They are read once for a process, so they are fetched once.
      facts ??= one('facts', null);
      return facts as Promise<OpResult<K>>;
    },
    callAll: async <const Calls extends readonly AnyCall[]>(calls: Calls) => {
      const answers = await beginAll(addon, calls);
      await turns.next();
      return decodeAll(calls, answers);
    },
  };
}

async function begin<K extends keyof Ops>(
  addon: Addon,
  op: K,
  args: OpArguments<K>,
): Promise<NativeAnswer> {
  if (op === 'wait' && !(args as Wait).foreground) return addon.wait(encodeArguments(args));
  if (long.has(op)) return addon.callApart(op, encodeArguments(args));
  const answer = await addon.call(op, encodeArguments(ownTurn(op, args)));
  return isBusy(op, answer) ? addon.callApart(op, encodeArguments(args)) : answer;
}

/** As begin, for a list; what follows a lock that has to be waited for begins after it. */
async function beginAll(addon: Addon, calls: readonly AnyCall[]): Promise<NativeAnswer[]> {
  const ops = calls.map(([op]) => op);
  const texts = calls.map(([op, args]) => encodeArguments(ownTurn(op, args)));
  const answers = await addon.callAll(ops, texts);
  const last = answers.length - 1;
  const failed = calls[last];
  if (failed === undefined || !isBusy(failed[0], answers[last])) return answers;
  answers[last] = await addon.callApart(failed[0], encodeArguments(failed[1]));
  if (typeof answers[last] !== 'string') return answers;
  return [...answers, ...(await beginAll(addon, calls.slice(answers.length)))];
}

function decodeAll<const Calls extends readonly AnyCall[]>(
  calls: Calls,
  answers: readonly NativeAnswer[],
): Results<Calls> {
  const done: unknown[] = [];
  for (const [place, answer] of answers.entries()) {
    const op = calls[place]?.[0] as keyof Ops;
    try {
      done.push(decodeAnswer(op, answer));
    } catch (error) {
      if (error instanceof HostError) error.done = done;
      throw error;
    }
  }
  return done as Results<Calls>;
}

/**
 * A lock is first tried: those that wait for one would fill libuv's few threads, and the holder needs one to
 * give it back.
 */
function ownTurn<K extends keyof Ops>(op: K, args: OpArguments<K>): OpArguments<K> {
  if (!locks.has(op)) return args;
  const lock: Lock = { ...(args as Lock), wait: false };
  return lock as OpArguments<K>;
}

function isBusy(op: keyof Ops, answer: NativeAnswer | undefined): boolean {
  if (!locks.has(op) || typeof answer !== 'object') return false;
  const failure: OpFailure = JSON.parse(answer.failure);
  return failure.errnoName === 'EAGAIN';
}

/** Empty when the directory was removed: commands that need none still work. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}

/** Beside the bundle (a checkout, dist/node), above src (vitest), or the platform's own package. */
function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [here, join(here, '..'), join(here, '../../dist/node')];
  const platform = `${process.platform}-${process.arch}`;
  let cause: unknown;
  // The package manager installs the one of this C library (`libc` in its package.json).
  for (const name of [`${platform}-gnu`, `${platform}-musl`]) {
    const file = `rundlet.${name}.node`;
    const found = places.map((place) => join(place, file)).find((path) => existsSync(path));
    try {
      const path = found ?? require.resolve(`@rundlet/${name}/${file}`);
      const addon: Addon = require(path);
      // A checkout has them beside the addon's directory, a package in one below.
      addon.setPrograms(join(dirname(path), found ? '../bin' : 'bin'));
      return addon;
    } catch (error) {
      cause ??= error;
    }
  }
  const message = `cannot load the addon of @rundlet/${platform}-gnu; run \`npm run build\`, or install the package for this platform`;
  throw new Error(message, { cause });
}
