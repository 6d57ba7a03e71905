import type { Container } from '../engine/containers/record.ts';
import { readById } from '../engine/containers/store.ts';
import type { Engine } from '../engine/context.ts';
import { isEngineError, noSuchContainer } from '../engine/engine-error.ts';
import { openAttach, runAttach } from '../engine/life/attach-container.ts';
import { openExec } from '../engine/life/exec-container.ts';
import { pauseContainer, unpauseContainer } from '../engine/life/freeze-container.ts';
import { killContainer, readSignal } from '../engine/life/kill-container.ts';
import { killExec } from '../engine/life/kill-exec.ts';
import { removeByUser } from '../engine/life/remove-by-user.ts';
import { restartContainer } from '../engine/life/restart-container.ts';
import { stopContainer } from '../engine/life/stop-container.ts';
import { waitContainer } from '../engine/life/wait-container.ts';
import { awaitSettled } from '../engine/life/with-settled.ts';
import { startContainer } from '../engine/start/start-container.ts';
import type { ShimAttached } from '../host/generated/plan.ts';
import { abortError, throwIfAborted } from '../lifecycle/abort.ts';
import { ContainerProcess } from '../runtime/container-process.ts';
import { openStreams } from '../runtime/node-stdio.ts';
import type { Abortable } from '../runtime/options.ts';
import { SIGKILL } from '../spec/signals.ts';
import { containerLogs, type LogLine, type LogsRequest } from './container-logs.ts';
import { containerStats, type StatsRequest, type UsageInfo } from './container-stats.ts';
import { type Output, type OutputLimits, outputOf } from './output.ts';
import { withSignal } from './with-signal.ts';

export interface EngineExecOptions extends Abortable, OutputLimits {
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  user?: string;
  workingDirectory?: string;
  privileged?: boolean;
}

/** How a further process ended, and what it wrote. */
export interface EngineExecResult extends Output {
  /** Milliseconds: started, run to the end. */
  timings: { start: number; run: number };
}

/** A container of the engine. `await using` removes it at the end of the block, running or not. */
export class EngineContainer implements AsyncDisposable {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly #engine: Engine;

  constructor(engine: Engine, id: string) {
    this.#engine = engine;
    this.id = id;
  }

  /** Runs it; returns when its program does. One that runs already is no error. */
  async start({ signal }: Abortable = {}): Promise<void> {
    throwIfAborted({ signal });
    const { started } = await startContainer(this.#engine, this.id);
    if (!signal?.aborted) return;
    // What was given up while it was started does not go on.
    if (started) await this.kill();
    throw abortError(signal);
  }

  /** Runs it with pipes to its streams, which miss nothing; stdin only where it was made with one. */
  async spawn({ signal }: Abortable = {}): Promise<ContainerProcess> {
    const { config } = await this.record();
    const { OpenStdin: stdin, Tty: tty } = config.Config;
    let attached: ShimAttached | undefined;
    await startContainer(this.#engine, this.id, {
      beforeGo: async () => {
        const streams = { stdin, stdout: true, stderr: !tty, pipes: true };
        attached = await openAttach(this.#engine, this.id, streams);
      },
    });
    const open = attached;
    if (open === undefined) throw new Error('a container that runs already cannot be spawned');
    return new ContainerProcess({
      id: this.id,
      pid: open.pid,
      streams: openStreams(open.pipes),
      finish: async () => {
        const options = { detachKeys: [], signalProxy: false };
        const { exitCode } = await runAttach(this.#engine, open, options, false);
        await awaitSettled(this.#engine, this.id);
        return { exitCode };
      },
      kill: (name) => killContainer(this.#engine, this.id, readSignal(name)),
      ...(signal && { signal }),
    });
  }

  /**
   * Asks it to end, and kills it after `timeout` seconds (its own, else 10). When the signal fires it is no
   * longer waited for, and not killed.
   */
  async stop({ timeout, signal }: { timeout?: number } & Abortable = {}): Promise<void> {
    await withSignal(this.#engine, signal, (engine) =>
      stopContainer(engine, this.id, { ...(timeout !== undefined && { timeout }) }),
    );
  }

  /** Stops and starts it; when the signal fires while it is stopped, it is not started. */
  async restart({ timeout, signal }: { timeout?: number } & Abortable = {}): Promise<void> {
    await withSignal(this.#engine, signal, (engine) =>
      restartContainer(engine, this.id, { ...(timeout !== undefined && { timeout }) }),
    );
  }

  /** Signals its first process; default SIGKILL, after which it has ended. */
  async kill(signal = 'SIGKILL'): Promise<void> {
    await killContainer(this.#engine, this.id, readSignal(signal));
  }

  /** Waits until it does not run; the exit code. */
  wait({ signal }: Abortable = {}): Promise<number> {
    return withSignal(this.#engine, signal, (engine) => waitContainer(engine, this.id));
  }

  /** What it has written and, with `follow`, writes; of the json-file and local drivers. */
  logs(request: LogsRequest = {}): AsyncGenerator<LogLine, void, undefined> {
    return containerLogs(this.#engine, this.id, request);
  }

  /** What it uses, once in each interval, until it does not run. */
  stats(request: StatsRequest = {}): AsyncGenerator<UsageInfo, void, undefined> {
    return containerStats(this.#engine, this.id, request);
  }

  /** Stops all its processes where they are, until `resume`. */
  async pause(): Promise<void> {
    await pauseContainer(this.#engine, this.id);
  }

  async resume(): Promise<void> {
    await unpauseContainer(this.#engine, this.id);
  }

  /** Runs a further program in it to its end. Rejects with ERR_RUNDLET_ABORTED when the signal fires. */
  async exec(options: EngineExecOptions): Promise<EngineExecResult> {
    const { command, env = {}, user = '', workingDirectory = '', input, signal } = options;
    throwIfAborted({ signal });
    const began = performance.now();
    const open = await openExec(this.#engine, this.id, {
      command,
      tty: false,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      user,
      workdir: workingDirectory,
      privileged: options.privileged ?? false,
      stdin: input !== undefined,
    });
    const started = performance.now();
    const killAll = async () => killExec(this.#engine, await this.record(), open.pid);
    await using process = new ContainerProcess({
      id: this.id,
      pid: open.pid,
      streams: openStreams(open.pipes),
      finish: async () => ({ exitCode: await open.attend() }),
      kill: async (name) => {
        const signal = readSignal(name);
        if (signal === SIGKILL) return killAll();
        const { process } = open;
        if (process) await this.#engine.host.call('signal', { process, signal });
      },
      ...(signal && { signal }),
    });
    const output = await outputOf(process, options, killAll);
    return { ...output, timings: { start: started - began, run: performance.now() - started } };
  }

  /** Its two records, config.v2.json and hostconfig.json, as they are now. */
  async record(): Promise<Container> {
    const container = await readById(this.#engine, this.id);
    if (container === undefined) throw noSuchContainer(this.id);
    return container;
  }

  /** Removes it with all it has; with `force` also one that runs, with `volumes` its anonymous volumes. */
  async remove({ force = false, volumes = false } = {}): Promise<void> {
    await removeByUser(this.#engine, this.id, { force, volumes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove({ force: true, volumes: true });
    } catch (error) {
      if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
    }
  }
}
