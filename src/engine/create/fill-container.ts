import { RundletError } from '../../errors/rundlet-error.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { isMounted, mountVolume, releaseVolume } from '../volumes/mount-volumes.ts';
import { readVolume, withVolumes } from '../volumes/volume-store.ts';
import type { MountPlan } from './mount-points.ts';

/** Makes the working directory, and fills new volumes with what the image has at their place. */
export async function fillContainer(
  engine: Engine,
  merged: string,
  workingDirectory: string,
  { points, volumes, copies }: MountPlan,
): Promise<void> {
  if (workingDirectory !== '') await makeWorkingDirectory(engine, merged, workingDirectory);
  for (const destination of copies) {
    const name = volumes.get(destination)?.name;
    if (name === undefined) continue;
    const { kind } = await engine.host.call('statInRoot', { root: merged, path: destination });
    if (kind === 'missing') continue;
    if (kind !== 'directory')
      throw noDirectory(`${merged}${destination}`, points[destination]?.Spec);
    await copyUp(engine, merged, destination, name);
  }
}

async function makeWorkingDirectory(engine: Engine, root: string, path: string): Promise<void> {
  try {
    await engine.host.call('makeDirectoryInRoot', { root, path, mode: 0o755, uid: 0, gid: 0 });
  } catch (error) {
    if (!isHostError(error, 'ENOTDIR', 'EEXIST')) throw error;
    throw new RundletError(
      'ERR_RUNDLET_INVALID_PARAMETER',
      `Cannot mkdir: ${path} is not a directory`,
    );
  }
}

async function copyUp(engine: Engine, root: string, path: string, name: string): Promise<void> {
  const volume = await readVolume(engine, name);
  const copy = { root, path, volume: volume.mountpoint };
  if (!isMounted(volume)) {
    await engine.host.call('copyIntoVolume', copy);
    return;
  }
  await withVolumes(engine, () => mountVolume(engine, volume));
  try {
    await engine.host.call('copyIntoVolume', copy);
  } finally {
    await releaseVolume(engine, volume, '');
  }
}

/** Docker says it in two ways, after where the volume comes from. */
function noDirectory(path: string, spec: object | undefined) {
  return invalidParameter(
    spec && Object.keys(spec).length > 0
      ? `source ${path} is not directory`
      : `cannot mount volume over existing file, file exists ${path}`,
  );
}
