import type { Engine } from '../engine/context.ts';
import { createVolume } from '../engine/volumes/create-volume.ts';
import { pruneVolumes } from '../engine/volumes/prune-volumes.ts';
import { removeVolume } from '../engine/volumes/remove-volume.ts';
import { listVolumes, readVolume, type Volume } from '../engine/volumes/volume-store.ts';

/** A volume: files that outlive the containers that use them. */
export interface VolumeInfo {
  name: string;
  /** Directory on the host. */
  mountpoint: string;
  labels: Record<string, string>;
  /** Of a file system that is mounted there: `type`, `o`, `device`. */
  options: Record<string, string>;
  created: Date | undefined;
}

export interface VolumeOptions {
  /** Default: one that the engine makes. */
  name?: string;
  labels?: Readonly<Record<string, string>>;
  options?: Readonly<Record<string, string>>;
}

/** The volumes of an engine. */
export class EngineVolumes {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async list(): Promise<VolumeInfo[]> {
    return (await listVolumes(this.#engine)).map(volumeInfo);
  }

  /** @throws ERR_RUNDLET_NO_SUCH_OBJECT */
  async inspect(name: string): Promise<VolumeInfo> {
    return volumeInfo(await readVolume(this.#engine, name));
  }

  /** One that is there already is given back as it is. */
  async create({ name = '', labels = {}, options = {} }: VolumeOptions = {}): Promise<VolumeInfo> {
    const wish = { name, driver: '', labels: { ...labels }, options: { ...options } };
    return volumeInfo(await createVolume(this.#engine, wish));
  }

  /** Removes it with its content. @throws ERR_RUNDLET_CONFLICT where a container uses it */
  async remove(name: string): Promise<void> {
    await removeVolume(this.#engine, name);
  }

  /** Removes those that no container uses: anonymous ones or, with `all`, every one. Their names. */
  async prune({ all = false } = {}): Promise<string[]> {
    return (await pruneVolumes(this.#engine, { all, labels: [], without: [] })).names;
  }
}

function volumeInfo({ name, mountpoint, labels, options, createdAt }: Volume): VolumeInfo {
  return {
    name,
    mountpoint,
    labels: { ...labels },
    options: { ...options },
    created: createdAt === undefined ? undefined : new Date(createdAt),
  };
}
