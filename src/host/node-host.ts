import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { decodeAnswer, encodeArguments, type NativeAnswer } from './answer.ts';
import type { Ops, Wait } from './generated/plan.ts';
import type { Host } from './host.ts';
import { Turns } from './node-turns.ts';

/** crates/node. */
interface Addon {
  call(op: string, args: string): Promise<NativeAnswer>;
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

let host: Host | undefined;

/** The host of this Node process; operations run on other threads. */
export function nodeHost(): Host {
  host ??= makeHost(loadAddon());
  return host;
}

function makeHost(addon: Addon): Host {
  const turns = new Turns();
  return {
    get cwd() {
      return currentDirectory();
    },
    get env() {
      return process.env as Record<string, string>;
    },
    pid: process.pid,
    call: async (op, args) => {
      const text = encodeArguments(args);
      const answer = await begin(addon, op, text, args);
      await turns.next();
      return decodeAnswer(op, answer);
    },
  };
}

function begin(addon: Addon, op: keyof Ops, text: string, args: unknown): Promise<NativeAnswer> {
  if (op === 'wait' && !(args as Wait).foreground) return addon.wait(text);
  return long.has(op) ? addon.callApart(op, text) : addon.call(op, text);
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
