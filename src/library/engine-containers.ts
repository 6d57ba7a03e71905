import { stateWord } from '../engine/containers/run-state.ts';
import { findContainer, listContainers } from '../engine/containers/store.ts';
import type { Engine } from '../engine/context.ts';
import { createContainer } from '../engine/create/create-container.ts';
import { pruneContainers } from '../engine/life/prune-containers.ts';
import { type ContainerOptions, createRequest } from './container-options.ts';
import { EngineContainer } from './engine-container.ts';

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

/** The containers of an engine. */
export class EngineContainers {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** All, running or not. */
  async list(): Promise<ContainerInfo[]> {
    return (await listContainers(this.#engine)).map(({ id, config }) => ({
      id,
      name: config.Name.replace(/^\//, ''),
      image: config.Config.Image,
      state: stateWord(config.State),
      pid: config.State.Pid,
      exitCode: config.State.ExitCode,
    }));
  }

  /** By name, id or the beginning of an id. @throws ERR_RUNDLET_NO_SUCH_OBJECT */
  async get(nameOrId: string): Promise<EngineContainer> {
    return new EngineContainer(this.#engine, await findContainer(this.#engine, nameOrId));
  }

  /** Makes one, which `start` then runs. */
  async create(options: ContainerOptions & { stdin?: boolean }): Promise<EngineContainer> {
    const { stdin = false } = options;
    const request = createRequest(options, { stdin, autoRemove: false });
    const { id, warnings } = await createContainer(this.#engine, request);
    for (const warning of warnings) this.#engine.warn(warning);
    return new EngineContainer(this.#engine, id);
  }

  /** Removes every one that does not run; their ids. */
  async prune(): Promise<string[]> {
    return (await pruneContainers(this.#engine, [])).ids;
  }
}
