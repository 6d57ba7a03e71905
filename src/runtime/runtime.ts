import type { Host } from '../host/host.ts';
import type { ExitResult } from '../lifecycle/exit-code.ts';
import type { ContainerEvent, ContainerStats } from '../lifecycle/stats-types.ts';
import type { ContainerState, RuntimeContext, StdioTriple } from '../lifecycle/types.ts';
import type { LinuxResources } from '../spec/generated/config.ts';
import type { Features } from '../spec/generated/features.ts';
import { ContainerProcess } from './container-process.ts';
import { defaultRoot } from './default-root.ts';
import type { StdioStreams } from './node-stdio.ts';
import type {
  Abortable,
  CreateRequest,
  ExecRequest,
  ProcessOutput,
  RunRequest,
  RuntimeOptions,
  SpawnExecRequest,
  SpawnRequest,
} from './options.ts';
import { stdioTriple } from './stdio.ts';

/**
 * The OCI runtime in this process: no daemon, no socket, no child process but the containers'.
 * Errors are RundletError with `code`, `pointer`, `errno`, `hint`.
 */
export class Runtime {
  readonly #options: RuntimeOptions;
  #base: Promise<{ host: Host; root: string }> | undefined;

  constructor(options: RuntimeOptions = {}) {
    this.#options = options;
  }

  /** Makes a container that waits for `start`. */
  async create({ stdio = 'inherit', signal, ...options }: CreateRequest): Promise<{ pid: number }> {
    const { create } = await import('../lifecycle/create.ts');
    return create(await this.#context(signal), { ...options, stdio: stdioTriple(stdio) });
  }

  /** Lets a created container's program begin. */
  async start(id: string, { signal }: Abortable = {}): Promise<void> {
    const { start } = await import('../lifecycle/start.ts');
    await start(await this.#context(signal), id);
  }

  /** Runs a container to its end, deletes it, and tells how it ended and what it wrote. */
  async run({ input, ...request }: RunRequest): Promise<ProcessOutput> {
    return collect(await this.spawn(request), input);
  }

  /** Starts a container and gives its streams; the container is deleted when it ends. */
  async spawn(request: SpawnRequest): Promise<ContainerProcess> {
    const { stdio = 'pipe', signal, id = randomId(), keep = false, ...options } = request;
    const { startContainer, finishContainer } = await import('../lifecycle/run.ts');
    // The end is to be cleaned up after, also when the caller has given up by then.
    const after = await this.#context();
    const triple = stdioTriple(stdio);
    const [running, streams] = await withStreams(await this.#context(signal), triple, (context) =>
      startContainer(context, { ...options, id, stdio: triple }),
    );
    return new ContainerProcess({
      id,
      pid: running.event.pid,
      streams,
      finish: () => finishContainer(after, running, keep, false),
      kill: (name) => this.kill(id, name),
      ...(signal && { signal }),
    });
  }

  /** Runs a further process in a container to its end. */
  async exec({ input, ...request }: ExecRequest): Promise<ProcessOutput> {
    return collect(await this.spawnExec(request), input);
  }

  /** Starts a further process in a container and gives its streams. */
  async spawnExec(request: SpawnExecRequest): Promise<ContainerProcess> {
    const { stdio = 'pipe', signal, ...options } = request;
    const { startExec, finishExec } = await import('../lifecycle/exec.ts');
    const triple = stdioTriple(stdio);
    const base = await this.#context(signal);
    const [event, streams] = await withStreams(base, triple, (context) =>
      startExec(context, { ...options, stdio: triple }),
    );
    return new ContainerProcess({
      id: options.id,
      pid: event.pid,
      streams,
      finish: () => finishExec(base, event, false),
      kill: (name) => signalProcess(base.host, event, name),
      ...(signal && { signal }),
    });
  }

  async state(id: string): Promise<ContainerState> {
    const { state } = await import('../lifecycle/state.ts');
    return state(await this.#context(), id);
  }

  /** All containers of this root, by id. */
  async list(): Promise<ContainerState[]> {
    const { list } = await import('../lifecycle/list.ts');
    return list(await this.#context());
  }

  /** Signals the container's first process; with `all`, every one. Default SIGTERM. */
  async kill(id: string, signal: string | number = 'SIGTERM', { all = false } = {}): Promise<void> {
    const { kill } = await import('../lifecycle/kill.ts');
    await kill(await this.#context(), { id, signal: String(signal), all });
  }

  /** Removes a stopped container; with `force` any, and one that does not exist is no error then. */
  async delete(id: string, { force = false } = {}): Promise<void> {
    const { deleteContainer } = await import('../lifecycle/delete-container.ts');
    await deleteContainer(await this.#context(), { id, force });
  }

  /** Stops all processes of a container where they are, until `resume`. */
  async pause(id: string): Promise<void> {
    const { pause } = await import('../lifecycle/pause.ts');
    await pause(await this.#context(), id);
  }

  /** Lets the processes of a paused container go on. */
  async resume(id: string): Promise<void> {
    const { resume } = await import('../lifecycle/pause.ts');
    await resume(await this.#context(), id);
  }

  /** Changes limits; what is absent or 0 stays. All is changed or, on an error, nothing. */
  async update(id: string, resources: LinuxResources): Promise<void> {
    const [{ update }, { validateResources }] = await Promise.all([
      import('../lifecycle/update.ts'),
      import('../spec/validate-resources.ts'),
    ]);
    // null counts as absent and is taken out: not in the caller's own object.
    const own = validateResources(structuredClone(resources), { file: 'resources' });
    await update(await this.#context(), { id, resources: own });
  }

  /** What a container uses at this moment; keys and units are those of `rundlet events`. */
  async stats(id: string): Promise<ContainerStats> {
    const { stats } = await import('../lifecycle/stats.ts');
    return stats(await this.#context(), id);
  }

  /**
   * OOMs at once and stats every `interval` milliseconds (default 5000), until the container ends, the
   * loop is left, or the signal fires.
   */
  async *events(
    id: string,
    { interval = 5000, signal }: { interval?: number } & Abortable = {},
  ): AsyncGenerator<ContainerEvent, void, undefined> {
    const { events } = await import('../lifecycle/events.ts');
    const nanoseconds = Math.round(interval * 1e6);
    yield* events(await this.#context(signal), { id, interval: nanoseconds });
  }

  /** Waits for the end of a container that anyone started. */
  async wait(id: string): Promise<ExitResult> {
    const { wait } = await import('../lifecycle/wait.ts');
    return wait(await this.#context(), id);
  }

  /** Host pids of the container's processes. */
  async ps(id: string): Promise<number[]> {
    const { ps } = await import('../lifecycle/ps.ts');
    return ps(await this.#context(), id);
  }

  async features(): Promise<Features> {
    const { features } = await import('../lifecycle/features.ts');
    return features(await this.#context());
  }

  async #context(signal?: AbortSignal): Promise<RuntimeContext> {
    this.#base ??= this.#open();
    const { onWarning } = this.#options;
    return {
      ...(await this.#base),
      ...(signal && { signal }),
      ...(onWarning && {
        warn: (level, message) => level === 'warning' && onWarning(message),
      }),
    };
  }

  async #open(): Promise<{ host: Host; root: string }> {
    const { host = (await import('../host/node-host.ts')).nodeHost(), root } = this.#options;
    return { host, root: root ?? (await defaultRoot(host)) };
  }
}

/** Launches with streams over its new pipes; they are closed again when the launch fails. */
async function withStreams<T>(
  context: RuntimeContext,
  stdio: StdioTriple,
  launch: (context: RuntimeContext) => Promise<T>,
): Promise<[T, StdioStreams]> {
  if (!stdio.includes(-2)) return [await launch(context), {}];
  const { openStreams } = await import('./node-stdio.ts');
  let streams: StdioStreams = {};
  const onPipes = (pipes: StdioTriple) => {
    streams = openStreams(pipes);
  };
  try {
    return [await launch({ ...context, onPipes }), streams];
  } catch (error) {
    for (const stream of Object.values(streams)) stream.destroy();
    throw error;
  }
}

/** Waits for the end and for all output; a descendant that keeps a pipe open prolongs it. */
async function collect(
  process: ContainerProcess,
  input: string | Uint8Array | undefined,
): Promise<ProcessOutput> {
  await using owned = process;
  const { feed, collectText } = await import('./node-stdio.ts');
  feed(owned.stdin, input);
  const [stdout, stderr, exit] = await Promise.all([
    collectText(owned.stdout),
    collectText(owned.stderr),
    owned.wait(),
  ]);
  return {
    id: owned.id,
    pid: owned.pid,
    ...exit,
    ...(stdout !== undefined && { stdout }),
    ...(stderr !== undefined && { stderr }),
  };
}

/** A process of our own that is not the container's first one. */
async function signalProcess(
  host: Host,
  { pid, startTime }: { pid: number; startTime: number | bigint },
  name: string,
): Promise<void> {
  const [{ parseSignal }, { isHostError }, { systemError }] = await Promise.all([
    import('../spec/signals.ts'),
    import('../host/host-error.ts'),
    import('../errors/system-error.ts'),
  ]);
  try {
    await host.call('signal', { process: { pid, startTime }, signal: parseSignal(name) });
  } catch (error) {
    if (!isHostError(error, 'ESRCH')) throw systemError(error);
  }
}

/** 64 random bits; only uniqueness counts, mkdir decides it. */
function randomId(): string {
  const part = () => Math.floor(Math.random() * 2 ** 32).toString(16);
  return `run-${part().padStart(8, '0')}${part().padStart(8, '0')}`;
}
