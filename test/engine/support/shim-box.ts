// Directories of one container as the engine lays them out, and a shim on them.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { ShimSpec } from '../../../src/host/generated/plan.ts';
import { nodeHost } from '../../../src/host/node-host.ts';
import { type Bundle, makeBundle } from '../../support/bundle.ts';
import type { Config } from '../../support/config.ts';
import { requires } from '../../support/requires.ts';

export interface ShimBox {
  dir: string;
  id: string;
  bundle: Bundle;
  /** Of `bundle`, with cleanup writing `cleaned` to a file. */
  spec: ShimSpec;
  socket: string;
  io(name: string): string;
  /** json-file records of the log. */
  log(): { log: string; stream: string; time: string }[];
  /** A file of the own directory, or below `dir`. */
  own(name: string): string;
  /** What the shim and its programs said. */
  said(): string;
  /** The cleanup command has run. */
  cleaned(): Promise<void>;
  /** Kills the container, if it still runs. */
  end(): Promise<void>;
  /** Once the shim is gone. */
  gone(): Promise<void>;
  remove(): void;
}

let count = 0;

/** A shim for a container that runs `command`, to be started with host.call('shimStart', box.spec). */
export async function makeShimBox(
  command: string | string[],
  change: Partial<ShimSpec> = {},
  edit?: (config: Config) => void,
): Promise<ShimBox> {
  const dir = mkdtempSync(join(tmpdir(), 'rundlet-shim-'));
  const id = `shim-${process.pid}-${count++}`;
  const bundle = makeBundle(dir, command, (config) => {
    if (change.tty) config.process.terminal = true;
    edit?.(config);
  });
  const { rundlet } = await nodeHost().call('ownPrograms', null);
  const ownDirectory = join(dir, `exec/rundlet/${'x'.repeat(64)}`);
  const path = join(dir, `${id}-json.log`);
  const marker = join(dir, 'cleaned');
  const spec: ShimSpec = {
    id,
    bundle: bundle.dir,
    ioDirectory: join(dir, 'exec/containerd', id),
    ownDirectory,
    shimLogs: join(dir, 'logs'),
    runtime: [rundlet, '--root', join(dir, 'runtime')].concat(
      ['--log', join(bundle.dir, 'log.json')],
      ['--log-format', 'json'],
    ),
    tty: false,
    openStdin: false,
    stdinOnce: false,
    log: { driver: 'json-file', path, options: {} },
    cleanup: [
      '/bin/sh',
      '-c',
      `cp ${ownDirectory}/exit.json ${marker}.new; mv ${marker}.new ${marker}`,
    ],
    ...change,
  };
  spec.log.path ||= path;
  let shimPid = 0;
  const until = async (condition: () => boolean) => {
    const end = Date.now() + 5000;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`timed out; the shim said: ${said()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const said = () =>
    ['shim.stderr.log', 'shim.stdout.log']
      .map((name) => join(dir, 'logs', name))
      .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
      .join('');
  return {
    dir,
    id,
    bundle,
    spec,
    socket: join(ownDirectory, 'shim.sock'),
    io: (name) => join(spec.ioDirectory, name),
    log: () =>
      readFileSync(spec.log.path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    own: (name) => join(ownDirectory, name),
    said,
    cleaned: () => until(() => existsSync(marker)),
    end: async () => {
      const pid = Number(readFileSync(join(bundle.dir, 'init.pid'), 'utf8'));
      if (existsSync(join(ownDirectory, 'exit.json')) || !isAlive(pid)) return;
      process.kill(pid, 'SIGKILL');
      await until(() => existsSync(join(ownDirectory, 'exit.json')));
    },
    gone: async () => {
      const file = join(ownDirectory, 'shim.pid');
      if (existsSync(file)) shimPid = JSON.parse(readFileSync(file, 'utf8')).pid;
      await until(() => shimPid === 0 || !isAlive(shimPid));
    },
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }),
  };
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

/** Octal mode and kind of what is in a directory: `700 p init-stdin`. */
export function modes(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .map((name) => {
      const stat = statSync(join(directory, name));
      const kind = stat.isFIFO() ? 'p' : stat.isSocket() ? 's' : stat.isDirectory() ? 'd' : 'f';
      return `${(stat.mode & 0o7777).toString(8)} ${kind} ${name}`;
    });
}

/** Rooms that the tests of this file put into the list; each test's are ended and removed after it. */
export function useShimBoxes(): ShimBox[] {
  const boxes: ShimBox[] = [];
  beforeEach((ctx) => requires(ctx as never, 'root'));
  afterEach(async () => {
    for (const box of boxes.splice(0)) {
      await box.end();
      await box.gone();
      box.remove();
    }
  });
  return boxes;
}
