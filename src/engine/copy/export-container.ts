import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { containerOverlay, findRwLayer } from '../layers/rw-layer.ts';
import { mountPoints } from '../mount-points.ts';

/**
 * A container's files as tar: its layers without what is mounted in them.
 * @param output a file; empty for standard output.
 */
export async function exportContainer(engine: Engine, id: string, output: string): Promise<void> {
  const { host, paths } = engine;
  const layer = await findRwLayer(engine, id);
  const merged = layer === undefined ? '' : `${paths.overlay2}/${layer.mountId}/merged`;
  const mounted = (await mountPoints(host)).has(merged);
  const root = {
    id,
    pid: 0,
    directory: mounted ? merged : '',
    layers: (await containerOverlay(engine, id)) ?? null,
    volumes: [],
  };
  try {
    await host.call('exportTree', { root, output });
  } catch (error) {
    if (isHostError(error) && error.failure.errno === 0) {
      throw new RundletError('ERR_RUNDLET_SYSTEM', error.failure.detail, { cause: error });
    }
    throw systemError(error);
  }
}
