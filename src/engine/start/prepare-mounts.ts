import { systemError } from '../../errors/system-error.ts';
import { pathExists } from '../../host/path-exists.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { type ContainerMount, containerMounts } from '../spec/mount-list.ts';
import { mountVolumes } from '../volumes/mount-volumes.ts';

/**
 * Makes the sources of all mounts that the container asks for; `-v` makes a directory that is missing,
 * `--mount` refuses it.
 */
export async function prepareMounts(
  engine: Engine,
  container: Container,
  shared: string | undefined,
): Promise<ContainerMount[]> {
  await mountVolumes(engine, container);
  for (const point of Object.values(container.config.MountPoints)) {
    if (point.Type !== 'bind' || (await pathExists(engine.host, point.Source))) continue;
    if (point.SkipMountpointCreation) {
      throw invalidParameter(
        `invalid mount config for type "bind": bind source path does not exist: ${point.Source}`,
      );
    }
    try {
      await engine.host.call('makeDirectory', { path: point.Source, mode: 0o755, parents: true });
    } catch (error) {
      throw systemError(error, `error while creating mount source path '${point.Source}'`);
    }
  }
  const shm = shared ?? (await shareableShm(engine, container));
  return containerMounts(container, engine.paths, shm);
}

/** A /dev/shm that other containers may join lies on the host. */
async function shareableShm(
  { host, paths }: Engine,
  { id, config, hostConfig }: Container,
): Promise<string | undefined> {
  config.ShmPath = '';
  if (hostConfig.IpcMode !== 'shareable') return undefined;
  const shm = `${containerPaths(paths, id).mounts}/shm`;
  await host.call('mountShm', { path: shm, size: hostConfig.ShmSize });
  config.ShmPath = shm;
  return shm;
}
