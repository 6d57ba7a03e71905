import { systemError } from '../../errors/system-error.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { containerLayers } from '../layers/container-layers.ts';

/** Bytes of files and of symlinks' targets. */
export interface ContainerSize {
  /** What the container wrote. */
  own: number;
  /** That and its image. */
  all: number;
}

/** Nothing for a container without layers. */
export async function containerSize(engine: Engine, id: string): Promise<ContainerSize> {
  const layers = await containerLayers(engine, id);
  if (layers === undefined) return { own: 0, all: 0 };
  const own = await treeBytes(engine, `${engine.paths.overlay2}/${layers.mountId}/diff`);
  return { own, all: layers.image.reduce((sum, { size }) => sum + size, own) };
}

/** Of all that is below a directory, each file once; 0 when it is missing. */
export async function treeBytes({ host }: Engine, path: string): Promise<number> {
  try {
    return Number((await host.call('treeSize', { path })).bytes);
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return 0;
    throw systemError(error);
  }
}
