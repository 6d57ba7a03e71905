// A room of own namespaces for one test file, and the check that a test leaves nothing in it.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Bundle, makeBundle } from './bundle.ts';
import type { Config } from './config.ts';
import { type RuntimeUnderTest, runtimeUnderTest } from './requires.ts';
import { repository, tools } from './tools.ts';

export interface Result {
  code: number | null;
  signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** How the command was written, for messages. */
  command: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Text for stdin; without it stdin is /dev/null. */
  input?: string;
  /** Options of `box enter`: the state in which the command starts. */
  enter?: string[];
  /** Milliseconds after which the command is killed and the test fails. */
  timeout?: number;
}

/** A command that runs: files hold its output, so that a container may keep them open. */
export interface Running extends PromiseLike<Result> {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The pid, in the outer namespace, of the command itself. */
  pid(): number;
  /** Resolves when the output matches. */
  until(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
}

export interface BoxOptions {
  /** Without the cgroup2 mount of a hybrid host. */
  legacy?: boolean;
  /** With a shared "/". */
  shared?: boolean;
  /** Without a network namespace of its own. */
  hostnet?: boolean;
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Waits for an event that can only be looked at. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false,
  timeout = 5000,
): Promise<T> {
  const end = Date.now() + timeout;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== false) return value as T;
    if (Date.now() > end) throw new Error(`did not happen within ${timeout} ms: ${what}`);
    await sleep(2);
  }
}

let boxes = 0;

export class Box {
  readonly prefix = `rt${process.pid}x${boxes++}`;
  readonly runtime: RuntimeUnderTest;
  dir = '';
  /** The --root given to the runtime. */
  root = '';
  #holder: ChildProcess | undefined;
  #pid = 0;
  #ids = 0;
  #commands = 0;
  #mounts: string[] = [];
  #options: BoxOptions;

  constructor(options: BoxOptions = {}) {
    this.#options = options;
    this.runtime = runtimeUnderTest(repository);
  }

  async open(): Promise<void> {
    this.dir = mkdtempSync(join(tmpdir(), `rundlet-test-${this.prefix}-`));
    chmodSync(this.dir, 0o755); // a user namespace's root must get through
    this.root = join(this.dir, 'root');
    mkdirSync(join(this.dir, 'out'));
    const words = Object.entries(this.#options).flatMap(([name, on]) => (on ? [name] : []));
    const holder = spawn(tools().box, ['hold', ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#holder = holder;
    this.#pid = await new Promise<number>((done, fail) => {
      holder.stdout?.once('data', (text: Buffer) => done(Number(text.toString())));
      holder.once('exit', (code) => fail(new Error(`box hold ended with ${code}`)));
    });
    holder.removeAllListeners('exit');
    this.#mounts = this.mounts();
  }

  async close(): Promise<void> {
    const holder = this.#holder;
    if (holder && holder.exitCode === null) {
      const gone = new Promise((done) => holder.once('exit', done));
      holder.stdin?.end();
      await gone;
    }
    await this.#removeCgroups();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A fresh container id, found again by the leak check. */
  id(name = 'c'): string {
    return `${this.prefix}-${name}${this.#ids++}`;
  }

  bundle(command: string | string[], change?: (config: Config) => void): Bundle {
    return makeBundle(this.dir, command, change);
  }

  /** A fresh folder for the test's own files. */
  folder(name = 'folder'): string {
    const dir = mkdtempSync(join(this.dir, `${name}-`));
    chmodSync(dir, 0o755);
    return dir;
  }

  /** A path of the room, seen from outside: `outside('/proc/1/status')`. */
  outside(path: string): string {
    return `/proc/${this.#pid}/root${path}`;
  }

  read(path: string): string {
    return readFileSync(this.outside(path), 'utf8');
  }

  /** Starts a command in the room. */
  start(argv: string[], options: CommandOptions = {}): Running {
    const n = this.#commands++;
    const files = ['stdout', 'stderr'].map((name) => join(this.dir, 'out', `${n}.${name}`)) as [
      string,
      string,
    ];
    const fds = files.map((file) => openSync(file, 'w+'));
    const child = spawn(
      tools().box,
      [
        'enter',
        String(this.#pid),
        options.cwd ?? this.dir,
        ...(options.enter ?? []),
        '--',
        ...argv,
      ],
      {
        stdio: [options.input === undefined ? 'ignore' : 'pipe', fds[0], fds[1]],
        env: options.env ?? { PATH: process.env['PATH'] },
      },
    );
    for (const fd of fds) closeSync(fd);
    if (options.input !== undefined) child.stdin?.end(options.input);
    const command = argv.join(' ').replaceAll(this.dir, '…');
    const read = (file: string) => readFileSync(file, 'utf8');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.timeout ?? 20_000);
    const ended = new Promise<Result>((done, fail) => {
      child.once('error', fail);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        if (late) fail(new Error(`hung, killed: ${command}\n${read(files[0])}${read(files[1])}`));
        else
          done({
            code,
            signal,
            command,
            get stdout() {
              return read(files[0]);
            },
            get stderr() {
              return read(files[1]);
            },
          });
      });
    });
    ended.catch(() => {});
    return {
      child,
      stdout: () => read(files[0]),
      stderr: () => read(files[1]),
      pid: () => {
        const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(
          ' ',
        );
        // never 0: kill(0) would end the tests themselves
        if (!pid) throw new Error(`${command} has not begun, or has ended`);
        return Number(pid);
      },
      until: async (pattern, timeout) =>
        eventually(
          `${command} prints ${pattern}; so far: ${read(files[0])}`,
          () => pattern.exec(read(files[0])) ?? undefined,
          timeout,
        ).catch((error: Error) => {
          throw new Error(`${error.message}\nstdout: ${read(files[0])}\nstderr: ${read(files[1])}`);
        }),
      // biome-ignore lint/suspicious/noThenProperty: a running command can be awaited
      then: (done, fail) => ended.then(done, fail),
    };
  }

  /** Starts the runtime, with this room's --root unless `global` says otherwise. */
  rt(
    args: string[],
    options: CommandOptions & { global?: string[]; program?: string } = {},
  ): Running {
    return this.start(
      [options.program ?? this.runtime.path, ...(options.global ?? ['--root', this.root]), ...args],
      options,
    );
  }

  /** Runs the runtime and demands exit 0. */
  async ok(
    args: string[],
    options: CommandOptions & { global?: string[]; program?: string } = {},
  ): Promise<Result> {
    const result = await this.rt(args, options);
    if (result.code !== 0) {
      throw new Error(
        `${result.command}: exit ${result.code ?? result.signal}\nstdout: ${result.stdout}\nstderr: ${result.stderr}`,
      );
    }
    return result;
  }

  /** A shell command in the room. */
  sh(script: string, options: CommandOptions = {}): Running {
    return this.start(['/bin/sh', '-c', script], options);
  }

  /** `run` in the foreground of a script in a fresh bundle. */
  async run(
    command: string | string[],
    change?: (config: Config) => void,
    options: CommandOptions & {
      global?: string[];
      flags?: string[];
      id?: string;
      prepare?: (bundle: Bundle) => void;
    } = {},
  ): Promise<Result> {
    const bundle = this.bundle(command, change);
    options.prepare?.(bundle);
    return this.rt(
      ['run', '-b', bundle.dir, ...(options.flags ?? []), options.id ?? this.id()],
      options,
    );
  }

  /** A container that runs `probe hold` (or `command`) until it is ended. */
  async running(
    change?: (config: Config) => void,
    command: string | string[] = ['/bin/probe', 'hold'],
  ): Promise<{ id: string; pid: number; bundle: Bundle; stdout: () => string }> {
    const bundle = this.bundle(command, change);
    const id = this.id();
    await this.ok(['create', '-b', bundle.dir, '--pid-file', join(bundle.dir, 'pid'), id]);
    const started = this.rt(['start', id]);
    await started;
    const pid = Number(readFileSync(join(bundle.dir, 'pid'), 'utf8'));
    return { id, pid, bundle, stdout: started.stdout };
  }

  async state(id: string): Promise<{ status: string; pid: number; [key: string]: unknown }> {
    return JSON.parse((await this.ok(['state', id])).stdout);
  }

  /** Resolves when the container's status is this. */
  async status(id: string, wanted: string): Promise<void> {
    const end = Date.now() + 5000;
    let seen = '';
    while (Date.now() < end) {
      seen = (await this.state(id)).status;
      if (seen === wanted) return;
      await sleep(5);
    }
    throw new Error(`container ${id}: status ${seen}, expected ${wanted}`);
  }

  mounts(): string[] {
    return this.read('/proc/1/mountinfo')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '');
  }

  /** Processes of the room other than its first and those of the calls that run. */
  processes(): string[] {
    return readdirSync(this.outside('/proc'))
      .filter((name) => /^\d+$/.test(name) && name !== '1')
      .flatMap((pid) => {
        try {
          return [
            `${pid} ${this.read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') || this.read(`/proc/${pid}/comm`)}`,
          ];
        } catch {
          return [];
        }
      });
  }

  /** Cgroups, in each hierarchy, whose name has this room's prefix. */
  cgroups(): string[] {
    const found: string[] = [];
    const walk = (dir: string, depth: number) => {
      let entries: string[];
      try {
        entries = readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? [entry.name] : [],
        );
      } catch {
        return;
      }
      for (const name of entries) {
        const path = join(dir, name);
        if (depth < 6) walk(path, depth + 1);
        if (path.includes(this.prefix)) found.push(path);
      }
    };
    walk('/sys/fs/cgroup', 0);
    return found;
  }

  /** The container's folder in one v1 hierarchy. */
  cgroup(controller: string, id: string): string {
    const path = this.cgroups().find(
      (dir) => dir.startsWith(`/sys/fs/cgroup/${controller}/`) && dir.endsWith(id),
    );
    if (!path)
      throw new Error(`no cgroup of ${id} under ${controller}: ${this.cgroups().join(' ')}`);
    return path;
  }

  states(): string[] {
    return existsSync(this.root) ? readdirSync(this.root) : [];
  }

  leaks(): string[] {
    const mounts = this.mounts();
    return [
      ...this.states().map((id) => `state directory ${id}`),
      ...this.processes().map((process) => `process ${process}`),
      ...mounts.filter((mount) => !this.#mounts.includes(mount)).map((mount) => `mount ${mount}`),
      ...(mounts.length > this.#mounts.length
        ? [`${mounts.length - this.#mounts.length} more mounts than before`]
        : []),
      ...this.cgroups().map((cgroup) => `cgroup ${cgroup}`),
    ];
  }

  /** Fails unless the room is as it was; what ends by itself is given two seconds. */
  async expectNothingLeft(): Promise<void> {
    let left: string[] = [];
    const end = Date.now() + 2000;
    do {
      left = this.leaks();
      if (left.length === 0) return;
      await sleep(5);
    } while (Date.now() < end);
    expect(left, 'left behind').toEqual([]);
  }

  /** Ends the containers of the last test by `delete --force`. */
  async deleteAll(): Promise<void> {
    for (const id of this.states()) await this.rt(['delete', '--force', id]);
  }

  /** Takes away by hand what a test left, so that the next one is not blamed. */
  async sweep(): Promise<void> {
    for (const process of this.processes()) {
      await this.start(['/bin/kill', '-KILL', process.split(' ')[0] ?? '']);
    }
    for (const mount of this.mounts().reverse()) {
      if (!this.#mounts.includes(mount)) await this.start(['umount', '-l', mount]);
    }
    await this.#removeCgroups();
    rmSync(this.root, { recursive: true, force: true });
  }

  async #removeCgroups(): Promise<void> {
    const end = Date.now() + 1000;
    for (let left = this.cgroups(); left.length > 0 && Date.now() < end; left = this.cgroups()) {
      for (const dir of left) {
        try {
          rmdirSync(dir);
        } catch {
          await sleep(5);
        }
      }
    }
  }
}

/** A room for this file; after each test its containers are deleted and a leak is a failure. */
export function useBox(options: BoxOptions = {}): Box {
  const box = new Box(options);
  beforeAll(() => box.open());
  afterEach(async () => {
    await box.deleteAll();
    try {
      await box.expectNothingLeft();
    } finally {
      await box.sweep();
    }
  });
  afterAll(() => box.close());
  return box;
}
