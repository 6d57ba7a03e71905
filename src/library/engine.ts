import { stateWord } from '../engine/containers/run-state.ts';
import { findContainer, listContainers } from '../engine/containers/store.ts';
import type { Engine as EngineContext } from '../engine/context.ts';
import { createContainer } from '../engine/create/create-container.ts';
import { defaultDataRoot, defaultExecRoot } from '../engine/engine-paths.ts';
import { listImages } from '../engine/images/list-images.ts';
import { loadImages } from '../engine/images/load-image.ts';
import { removeImage } from '../engine/images/remove-image.ts';
import { openEngine } from '../engine/open-engine.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import { nodeHost } from '../host/node-host.ts';
import { collectText, feed } from '../runtime/node-stdio.ts';
import type { Abortable } from '../runtime/options.ts';
import { type ContainerOptions, createRequest } from './container-options.ts';
import { EngineContainer } from './engine-container.ts';

export interface EngineOptions {
  /** What is kept: images, layers, containers; default /var/lib/rundlet. Docker's layout. */
  dataRoot?: string;
  /** What there is while containers run; default /run/rundlet-engine. */
  execRoot?: string;
  /** Hears what deserves a line but no error. */
  onWarning?: (message: string) => void;
}

/** An image of the store. */
export interface ImageInfo {
  /** `sha256:…`. */
  id: string;
  /** `name:tag` and `name@sha256:…`. */
  names: string[];
  /** Bytes of all its layers. */
  size: number;
  created: Date | undefined;
}

/** A container in a list. */
export interface ContainerInfo {
  id: string;
  name: string;
  /** As the caller of `create` named it. */
  image: string;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** 0 when it does not run. */
  pid: number;
  exitCode: number;
}

export interface RunOptions extends ContainerOptions, Abortable {
  /** For its standard input. */
  input?: string | Uint8Array;
  /** Milliseconds after which everything in it is killed; the result says `timedOut` then. */
  timeout?: number;
}

/** How a run ended, and what it wrote. */
export interface RunResult {
  id: string;
  /** As a shell says it: the code, or 128 + signal. */
  exitCode: number;
  /** Killed for want of memory. */
  oomKilled: boolean;
  timedOut: boolean;
  stdout: string;
  /** Empty with `tty`. */
  stderr: string;
  /** Milliseconds: made, started, run to the end. */
  timings: { create: number; start: number; run: number };
}

/**
 * Images and containers on this machine, on Docker's own layout, without a daemon: what the commands
 * `rundlet image` and `rundlet container` do. Errors are RundletError, with Docker's texts where it has one.
 */
export class Engine {
  readonly #context: EngineContext;

  constructor({ dataRoot, execRoot, onWarning }: EngineOptions = {}) {
    this.#context = openEngine(nodeHost(), {
      dataRoot: dataRoot ?? defaultDataRoot,
      execRoot: execRoot ?? defaultExecRoot,
      ...(onWarning && { warn: onWarning }),
    });
  }

  /** Loads the images of an archive (`docker save`'s, or an OCI layout), from its path. */
  async loadImages(path: string): Promise<{ id: string; names: string[] }[]> {
    const loaded = await loadImages(this.#context, path);
    return loaded.map(({ id, names }) => ({ id, names: names.map(({ name }) => name) }));
  }

  /** All images, the newest first. */
  async images(): Promise<ImageInfo[]> {
    return (await listImages(this.#context)).map(({ id, references, size, created }) => ({
      id,
      names: references,
      size,
      created: created === undefined ? undefined : new Date(created),
    }));
  }

  /** Takes a name from its image, and the image with its last name; with `force` also where it is used. */
  async removeImage(nameOrId: string, { force = false } = {}): Promise<void> {
    await removeImage(this.#context, nameOrId, { force });
  }

  /** Makes a container, which `start` then runs. */
  async create(options: ContainerOptions & { stdin?: boolean }): Promise<EngineContainer> {
    const { stdin = false } = options;
    const request = createRequest(options, { stdin, autoRemove: false });
    const { id, warnings } = await createContainer(this.#context, request);
    for (const warning of warnings) this.#context.warn(warning);
    return new EngineContainer(this.#context, id);
  }

  /** A container by name, id or the beginning of an id. */
  async container(nameOrId: string): Promise<EngineContainer> {
    return new EngineContainer(this.#context, await findContainer(this.#context, nameOrId));
  }

  /** All containers, running or not. */
  async containers(): Promise<ContainerInfo[]> {
    return (await listContainers(this.#context)).map(({ id, config }) => ({
      id,
      name: config.Name.replace(/^\//, ''),
      image: config.Config.Image,
      state: stateWord(config.State),
      pid: config.State.Pid,
      exitCode: config.State.ExitCode,
    }));
  }

  /**
   * Runs a container of an image to its end, and tells how it ended and what it wrote; then nothing of it is
   * left, whatever happens. Rejects with ERR_RUNDLET_ABORTED when the signal fires.
   */
  async run({ input, timeout, signal, ...options }: RunOptions): Promise<RunResult> {
    if (signal?.aborted) {
      const { reason: cause } = signal;
      throw new RundletError('ERR_RUNDLET_ABORTED', 'the operation was aborted', { cause });
    }
    const began = performance.now();
    await using container = await this.create({ ...options, stdin: input !== undefined });
    const made = performance.now();
    const process = await container.spawn({ ...(signal && { signal }) });
    const started = performance.now();
    let timedOut = false;
    const expire = () => {
      timedOut = true;
      void process.kill('SIGKILL');
    };
    const timer = timeout === undefined ? undefined : setTimeout(expire, timeout);
    try {
      feed(process.stdin, input);
      const [stdout = '', stderr = '', { exitCode }] = await Promise.all([
        collectText(process.stdout),
        collectText(process.stderr),
        process.wait(),
      ]);
      const { State } = (await container.record()).config;
      return {
        id: container.id,
        exitCode: exitCode ?? State.ExitCode,
        oomKilled: State.OOMKilled,
        timedOut,
        stdout,
        stderr,
        timings: { create: made - began, start: started - made, run: performance.now() - started },
      };
    } finally {
      clearTimeout(timer);
    }
  }
}
