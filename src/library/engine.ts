import { defaultDataRoot, defaultExecRoot } from '../engine/engine-paths.ts';
import { openEngine } from '../engine/open-engine.ts';
import { nodeHost } from '../host/node-host.ts';
import { throwIfAborted } from '../lifecycle/abort.ts';
import type { Abortable } from '../runtime/options.ts';
import type { ContainerOptions } from './container-options.ts';
import type { EngineContainer } from './engine-container.ts';
import { EngineContainers } from './engine-containers.ts';
import { EngineImages } from './engine-images.ts';
import { EngineSystem } from './engine-system.ts';
import { EngineVolumes } from './engine-volumes.ts';
import { type Output, type OutputLimits, outputOf } from './output.ts';

export interface EngineOptions {
  /** What is kept: images, layers, containers; default /var/lib/rundlet. Docker's layout. */
  dataRoot?: string;
  /** What there is while containers run; default /run/rundlet-engine. */
  execRoot?: string;
  /** Hears what deserves a line but no error. */
  onWarning?: (message: string) => void;
}

export interface RunOptions extends ContainerOptions, OutputLimits, Abortable {}

/** How a run ended, and what it wrote. */
export interface RunResult extends Output {
  id: string;
  /** Killed for want of memory. */
  oomKilled: boolean;
  /** Milliseconds: made, started, run to the end. */
  timings: { create: number; start: number; run: number };
}

/**
 * Images and containers on this machine, on Docker's own layout, without a daemon: what the commands
 * `rundlet image` and `rundlet container` do. Errors are RundletError, with Docker's texts where it has one.
 */
export class Engine {
  readonly containers: EngineContainers;
  readonly images: EngineImages;
  readonly volumes: EngineVolumes;
  readonly system: EngineSystem;

  constructor({ dataRoot, execRoot, onWarning }: EngineOptions = {}) {
    const context = openEngine(nodeHost(), {
      dataRoot: dataRoot ?? defaultDataRoot,
      execRoot: execRoot ?? defaultExecRoot,
      ...(onWarning && { warn: onWarning }),
    });
    this.containers = new EngineContainers(context);
    this.images = new EngineImages(context);
    this.volumes = new EngineVolumes(context);
    this.system = new EngineSystem(context);
  }

  /** Makes a container, which `start` then runs: `containers.create`. */
  create(options: ContainerOptions & { stdin?: boolean }): Promise<EngineContainer> {
    return this.containers.create(options);
  }

  /**
   * Runs a container of an image to its end, and tells how it ended and what it wrote; then nothing of it is
   * left, whatever happens. Rejects with ERR_RUNDLET_ABORTED when the signal fires.
   */
  async run({ input, timeout, maxOutput, signal, ...options }: RunOptions): Promise<RunResult> {
    throwIfAborted({ signal });
    const began = performance.now();
    await using container = await this.create({ ...options, stdin: input !== undefined });
    const made = performance.now();
    const process = await container.spawn({ ...(signal && { signal }) });
    const started = performance.now();
    const limits = {
      ...(input !== undefined && { input }),
      ...(timeout !== undefined && { timeout }),
      ...(maxOutput !== undefined && { maxOutput }),
    };
    const output = await outputOf(process, limits, () => process.kill('SIGKILL'));
    const { OOMKilled } = (await container.record()).config.State;
    return {
      id: container.id,
      ...output,
      oomKilled: OOMKilled,
      timings: { create: made - began, start: started - made, run: performance.now() - started },
    };
  }
}
