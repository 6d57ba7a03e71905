import { systemError } from '../../errors/system-error.ts';
import type { Change } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import { containerLayers, lowerDirectories } from '../layers/container-layers.ts';

/** What a container changed in its image (and the init layer), by path. None for one without layers. */
export async function containerChanges(engine: Engine, id: string): Promise<Change[]> {
  const layers = await containerLayers(engine, id);
  if (layers === undefined) return [];
  try {
    const { changes } = await engine.host.call('layerChanges', {
      upper: `${engine.paths.overlay2}/${layers.mountId}/diff`,
      lower: lowerDirectories(engine, layers),
    });
    return changes;
  } catch (error) {
    throw systemError(error, 'unable to compare the layers of the container');
  }
}
