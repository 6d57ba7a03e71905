import type { HostFacts, LaunchEvent, OpFailure, Ops } from '../../../src/host/generated/plan.ts';
import type { Host, OpArguments, OpResult } from '../../../src/host/host.ts';
import { HostError } from '../../../src/host/host-error.ts';
import { parseLossless } from '../../../src/spec/parse-lossless.ts';
import { freezerPath } from '../../../src/state/cgroup-paths.ts';
import type { StateRecord } from '../../../src/state/state-record.ts';

type Answer<K extends keyof Ops> = (args: OpArguments<K>, call: number) => OpResult<K>;
export type Answers = { [K in keyof Ops]?: Answer<K> };

/** A failure as a host throws it. */
export function failure(fields: Partial<OpFailure>): HostError {
  const errnoTexts: Record<string, [number, string]> = {
    ENOENT: [2, 'no such file or directory'],
    ESRCH: [3, 'no such process'],
    EACCES: [13, 'permission denied'],
    EEXIST: [17, 'file exists'],
    EINVAL: [22, 'invalid argument'],
    EPERM: [1, 'operation not permitted'],
    ENODEV: [19, 'no such device'],
    EBUSY: [16, 'device or resource busy'],
  };
  const [errno, errnoText] = errnoTexts[fields.errnoName ?? ''] ?? [0, ''];
  return new HostError({
    op: 'launch',
    syscall: '',
    errno,
    errnoName: '',
    errnoText,
    subject: '',
    detail: '',
    ...fields,
  });
}

/** Facts of a v1 host with three hierarchies, root. */
export const facts: HostFacts = {
  euid: 0,
  egid: 0,
  inUserNamespace: false,
  setgroupsDenied: false,
  cgroup: {
    version: 'v1',
    hierarchies: ['freezer', 'devices', 'cpu,cpuacct'].map((name) => ({
      name,
      mount: `/sys/fs/cgroup/${name}`,
      controllers: name.split(','),
      own: '/',
    })),
  },
  kernel: '6.18.5',
  lastCap: 40,
  apparmor: false,
  selinux: false,
  pageSize: 4096,
  namespaces: ['cgroup', 'time'],
};

/** An event of a launch; handle 7, pid 4242. */
export function event(kind: string, more: Partial<LaunchEvent> = {}): LaunchEvent {
  return {
    handle: 7,
    kind,
    pid: 4242,
    startTime: 99,
    leftOut: [],
    console: false,
    pipes: [-1, -1, -1],
    ...more,
  };
}

function readable(text: string): StateRecord | null {
  try {
    return parseLossless(text) as unknown as StateRecord | null;
  } catch {
    return null;
  }
}

/** Records every operation; files live in memory, all else answers as told. */
export class FakeHost implements Host {
  readonly cwd = '/work';
  readonly env: Record<string, string> = {};
  readonly pid = 100;
  readonly files = new Map<string, string>();
  readonly directories = new Set<string>(['/', '/run']);
  readonly calls: { op: keyof Ops; args: unknown }[] = [];
  readonly answers: Answers;
  #handles = 50;
  #first: LaunchEvent | undefined;

  constructor(answers: Answers = {}) {
    this.answers = answers;
  }

  /** Names of the operations so far, without reading of files. */
  get ops(): string[] {
    const quiet = ['readText', 'realPath', 'stat', 'facts', 'lock', 'unlock'].concat(
      // each asks for what others answer
      ['readContainer', 'listContainers', 'cgroupDemandEmpty'],
    );
    return this.calls.map(({ op }) => op).filter((op) => !quiet.includes(op));
  }

  argsOf<K extends keyof Ops>(op: K): OpArguments<K>[] {
    return this.calls.filter((call) => call.op === op).map(({ args }) => args as OpArguments<K>);
  }

  /**
   * `launchStart` and the `launchContinue` after it are one `launch` for the tests: what stands
   * between them (text of the record) is no operation.
   */
  call<K extends keyof Ops>(op: K, args: OpArguments<K>): OpResult<K> {
    if (op === 'launchStart') {
      this.#first = this.answer('launch', args as OpArguments<'launch'>);
      return { ...this.#first, kind: 'started' } as OpResult<K>;
    }
    const first = this.#first;
    if (op !== 'launchContinue' || first === undefined) return this.answer(op, args);
    this.#first = undefined;
    return first as OpResult<K>;
  }

  private answer<K extends keyof Ops>(op: K, args: OpArguments<K>): OpResult<K> {
    const count = this.argsOf(op).length;
    this.calls.push({ op, args: structuredClone(args) });
    const reply = (this.answers[op] ?? this.#defaults[op]) as Answer<K> | undefined;
    if (!reply) throw new Error(`no answer to ${op}`);
    return reply(args, count);
  }

  #missing(op: string, path: string): HostError {
    return failure({ op, syscall: 'openat', subject: path, errnoName: 'ENOENT' });
  }

  readonly #defaults: Answers = {
    awaitEnd: () => ({ ended: true }),
    readText: ({ path }) => {
      const text = this.files.get(path);
      if (text === undefined) throw this.#missing('readText', path);
      return text;
    },
    writeRecord: ({ path, text }) => {
      const parent = path.slice(0, path.lastIndexOf('/')) || '/';
      if (!this.directories.has(parent)) throw this.#missing('writeRecord', path);
      this.files.set(path, text);
      return null;
    },
    makeDirectory: ({ path, parents }) => {
      if (this.directories.has(path) && !parents) {
        throw failure({
          op: 'makeDirectory',
          syscall: 'mkdir',
          subject: path,
          errnoName: 'EEXIST',
        });
      }
      this.directories.add(path);
      return null;
    },
    removeTree: ({ path }) => {
      this.directories.delete(path);
      for (const file of this.files.keys())
        if (file.startsWith(`${path}/`)) this.files.delete(file);
      return null;
    },
    removeFile: ({ path }) => {
      this.files.delete(path);
      return null;
    },
    readContainer: ({ dir }) => {
      const text = this.answer('readText', { path: `${dir}/state.json`, max: 0 });
      const record = readable(text);
      if (!record || !(record.init_process_pid > 0)) return `000\n${text}`;
      const { init_process_pid: pid, init_process_start: startTime } = record;
      const freezer = freezerPath(record.cgroup_paths);
      const process = { pid, startTime };
      const facts = this.answer('containerStatus', { process, dir, freezer });
      const digits = [facts.alive, facts.fifo, facts.frozen].map((fact) => (fact ? '1' : '0'));
      return `${digits.join('')}\n${text}`;
    },
    listContainers: ({ root }) => {
      const { names } = this.answer('listDirectory', { path: root });
      const uid = (name: string) =>
        this.answer('stat', { path: `${root}/${name}`, follow: false }).uid;
      return { containers: names.map((name) => ({ name, uid: uid(name) })) };
    },
    cgroupDemandEmpty: ({ paths }) => {
      const { pids } = this.answer('cgroupProcesses', { paths });
      if (pids.length === 0) return null;
      const detail = String(pids.length);
      throw failure({ op: 'cgroupDemandEmpty', errnoName: 'EBUSY', detail });
    },
    listDirectory: ({ path }) => {
      if (!this.directories.has(path)) throw this.#missing('listDirectory', path);
      const inside = [...this.directories].filter((one) => one.startsWith(`${path}/`));
      return { names: inside.map((one) => one.slice(path.length + 1)).sort() };
    },
    stat: ({ path }) => {
      if (!this.directories.has(path) && !this.files.has(path)) throw this.#missing('stat', path);
      return { kind: 'directory', mode: 0o711, uid: 0, gid: 0, size: 0 };
    },
    realPath: ({ path }) => {
      if (!this.directories.has(path)) throw this.#missing('realPath', path);
      return path;
    },
    lock: ({ path }) => {
      const parent = path.slice(0, path.lastIndexOf('/'));
      if (!this.directories.has(parent)) throw this.#missing('lock', path);
      this.#handles++;
      return { handle: this.#handles };
    },
    unlock: () => null,
    facts: () => facts,
    launchAbort: () => null,
    launchRelease: () => null,
    cgroupProcesses: () => ({ pids: [] }),
    cgroupRemove: () => null,
    freeze: () => null,
    signal: () => null,
    signalGroup: () => null,
    openGate: () => null,
    appendText: () => null,
    wait: () => ({ kind: 'exited', value: 0 }),
    containerStatus: () => ({ alive: true, fifo: false, frozen: false }),
    runProgram: () => ({
      status: { kind: 'exited', value: 0 },
      stdout: '',
      stderr: '',
      timedOut: false,
    }),
  };
}
