import { systemError } from '../../errors/system-error.ts';
import type { Container } from '../containers/record.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { mountOptions } from './mount-options.ts';
import { readVolume, type Volume, withVolumes } from './volume-store.ts';

/**
 * Mounts what the container's volumes with options (`type`, `o`, `device`) say, each on its `_data`; those
 * that another container has mounted are left as they are. @throws `get X: no such volume`.
 */
export async function mountVolumes(engine: Engine, container: Container): Promise<void> {
  for (const name of volumeNames(container)) {
    const volume = await readVolume(engine, name);
    if (isMounted(volume)) await withVolumes(engine, () => mountVolume(engine, volume));
  }
}

/** The other way round, after the container's end; what other containers use stays. */
export async function unmountVolumes(engine: Engine, container: Container): Promise<void> {
  for (const name of volumeNames(container)) {
    const volume = await readVolume(engine, name).catch(() => undefined);
    if (volume && isMounted(volume)) await releaseVolume(engine, volume, container.id);
  }
}

/** Unmounts it unless a container other than `id` that runs uses it. */
export function releaseVolume(engine: Engine, volume: Volume, id: string): Promise<void> {
  return withVolumes(engine, async () => {
    const others = await listContainers(engine);
    const used = others.some(
      (other) =>
        other.id !== id && other.config.State.Running && volumeNames(other).includes(volume.name),
    );
    if (!used) await engine.host.call('detach', { path: volume.mountpoint });
  });
}

/** Whether something is mounted on it while it is used. */
export function isMounted({ options }: Volume): boolean {
  return options.type !== undefined;
}

/** The caller holds the lock of withVolumes. */
export async function mountVolume({ host }: Engine, volume: Volume): Promise<void> {
  const { device = '', type = '', o = '' } = volume.options;
  const { flags, data } = mountOptions(o);
  const target = volume.mountpoint;
  try {
    await host.call('mountVolume', { source: device, target, kind: type, flags, data });
  } catch (error) {
    throw systemError(
      error,
      `error while mounting volume '${target}': failed to mount local volume`,
    );
  }
}

function volumeNames({ config }: Container): string[] {
  const points = Object.values(config.MountPoints).filter(({ Type }) => Type === 'volume');
  return [...new Set(points.map(({ Name }) => Name))];
}
