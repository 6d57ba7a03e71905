import { systemError } from '../../errors/system-error.ts';
import { isHostError } from '../../host/host-error.ts';
import { cleanPath } from '../../spec/clean-path.ts';
import type { GoMap, HostConfig, MountPoint } from '../containers/record.ts';
import { readContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { goMap } from '../docker-json.ts';
import { invalidParameter } from '../engine-error.ts';
import { randomId } from '../layers/layer-ids.ts';
import { checkVolume, type VolumeWish } from '../volumes/volume-store.ts';
import { checkMode, ordered, parseBind, parseMountSpec } from './parse-bind.ts';

/** Mount points of a container to be, and the volumes that they need. */
export interface MountPlan {
  points: GoMap<MountPoint>;
  /** By destination: volumes to be there, made where they are missing. */
  volumes: Map<string, VolumeWish>;
  /** Destinations whose volume, when empty, gets what the image has there. */
  copies: string[];
}

/**
 * What `Binds`, `Mounts`, `VolumesFrom` and the image's or user's `Volumes` come to, in moby's order: a
 * later one takes the place of an earlier one. Makes nothing. Throws Docker's texts.
 */
export async function planMounts(
  engine: Engine,
  hostConfig: HostConfig,
  declared: GoMap<object> | null,
): Promise<MountPlan> {
  const plan = new Planning(engine, hostConfig);
  for (const spec of hostConfig.VolumesFrom ?? []) await plan.takeFrom(spec);
  for (const text of hostConfig.Binds ?? []) plan.bind(text);
  for (const spec of hostConfig.Mounts ?? []) await plan.mount(spec);
  for (const path of Object.keys(declared ?? {})) await plan.declared(path);
  return plan.result();
}

class Planning {
  readonly #engine: Engine;
  readonly #host: HostConfig;
  readonly #points = new Map<string, MountPoint>();
  readonly #volumes = new Map<string, VolumeWish>();
  readonly #copies = new Set<string>();
  /** Destinations that binds and mounts have; they exclude each other. */
  readonly #taken = new Set<string>();

  constructor(engine: Engine, host: HostConfig) {
    this.#engine = engine;
    this.#host = host;
  }

  result(): MountPlan {
    return {
      points: goMap(this.#points),
      volumes: this.#volumes,
      copies: [...this.#copies],
    };
  }

  /** `container[:mode]`. */
  async takeFrom(spec: string): Promise<void> {
    if (spec === '') throw invalidParameter('volumes-from specification cannot be an empty string');
    const [name = '', ...rest] = spec.split(':');
    const mode = rest.join(':');
    checkMode(mode);
    const other = await readContainer(this.#engine, name);
    const readonly = mode.split(',').includes('ro');
    for (const point of Object.values(other.config.MountPoints)) {
      const copy = sharedPoint(point, readonly);
      this.#put(copy);
      if (copy.Type === 'volume') {
        this.#volumes.set(copy.Destination, { name: copy.Name, driver: copy.Driver });
      }
    }
  }

  bind(text: string): void {
    const { point, copy } = parseBind(text, this.#host.VolumeDriver);
    const isVolume = point.Type === 'volume';
    const placed = isVolume ? point : this.#besideOwnRoot(point);
    if (Object.hasOwn(this.#host.Tmpfs ?? {}, point.Destination))
      throw duplicate(point.Destination);
    this.#take(point.Destination);
    if (isVolume) this.#putVolume(point, { name: point.Name, driver: point.Driver }, copy);
    else this.#put(placed);
  }

  async mount(spec: NonNullable<HostConfig['Mounts']>[number]): Promise<void> {
    const { point, copy } = parseMountSpec(spec);
    if (point.Type === 'bind') {
      await this.#checkSource(spec.Source ?? '');
      const placed = this.#besideOwnRoot({ ...point, SkipMountpointCreation: true });
      this.#take(point.Destination);
      this.#put(placed);
      return;
    }
    this.#take(point.Destination);
    if (point.Type !== 'volume') {
      this.#put(point);
      return;
    }
    const { Labels, DriverConfig } = spec.VolumeOptions ?? {};
    const wish = {
      name: point.Name || (await randomId(this.#engine.host)),
      driver: point.Driver,
      ...(Labels && { labels: Labels }),
      ...(DriverConfig?.Options && { options: DriverConfig.Options }),
    };
    this.#putVolume({ ...point, Name: wish.name }, wish, copy);
  }

  /** An anonymous volume of the image or of `-v /path`. */
  async declared(path: string): Promise<void> {
    const destination = cleanPath(path);
    if (this.#points.has(destination)) return;
    if (Object.keys(this.#host.Tmpfs ?? {}).some((tmpfs) => cleanPath(tmpfs) === destination))
      return;
    const wish = {
      name: await randomId(this.#engine.host),
      driver: this.#host.VolumeDriver,
    };
    checkVolume(wish);
    this.#put({
      Source: '',
      Destination: destination,
      RW: true,
      Name: wish.name,
      Driver: 'local',
      Type: 'volume',
      Spec: {},
      SkipMountpointCreation: false,
    });
    this.#volumes.set(destination, wish);
    this.#copies.add(destination);
  }

  #putVolume(point: MountPoint, wish: VolumeWish, copy: boolean): void {
    checkVolume(wish);
    const Source = `${this.#engine.paths.volumes}/${wish.name}/_data`;
    const mode = typeof point.Relabel === 'string' && point.Relabel !== '' ? point.Relabel : 'z';
    this.#put(ordered({ ...point, Source, Driver: 'local' }, mode));
    this.#volumes.set(point.Destination, wish);
    if (copy) this.#copies.add(point.Destination);
  }

  #put(point: MountPoint): void {
    this.#points.set(point.Destination, point);
    this.#volumes.delete(point.Destination);
    this.#copies.delete(point.Destination);
  }

  #take(destination: string): void {
    if (this.#taken.has(destination)) throw duplicate(destination);
    this.#taken.add(destination);
  }

  async #checkSource(path: string): Promise<void> {
    try {
      await this.#engine.host.call('stat', { path, follow: true });
    } catch (error) {
      if (!isHostError(error, 'ENOENT', 'ENOTDIR')) throw systemError(error);
      throw invalidParameter(
        `invalid mount config for type "bind": bind source path does not exist: ${path}`,
      );
    }
  }

  /** A bind that has the containers' own mounts in it must let go of them when the engine does. */
  #besideOwnRoot(point: MountPoint): MountPoint {
    const { dataRoot } = this.#engine.paths;
    const { Source, Spec } = point;
    if (!Source.startsWith(dataRoot) && !dataRoot.startsWith(Source)) return point;
    const given = Spec?.BindOptions?.Propagation ?? '';
    if (given === '') return { ...point, Propagation: 'rslave' };
    if (given === 'rslave' || given === 'rshared') return point;
    throw invalidParameter(
      `invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: "${dataRoot}", bind mount source: "${Source}", propagation: "${given}"`,
    );
  }
}

function sharedPoint(point: MountPoint, readonly: boolean): MountPoint {
  const { Source, Destination, RW, Name, Driver, Type, Propagation, Spec } = point;
  return {
    Source,
    Destination,
    RW: RW && !readonly,
    Name,
    Driver,
    Type,
    ...(Propagation !== undefined && { Propagation }),
    ...(Spec && { Spec }),
    SkipMountpointCreation: false,
  };
}

function duplicate(destination: string) {
  return invalidParameter(`Duplicate mount point: ${destination}`);
}
