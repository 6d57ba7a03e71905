import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveImage } from '../../src/engine/images/resolve-image.ts';
import { prepareLayerStore } from '../../src/engine/layers/layer-store.ts';
import { createRwLayer, mountRwLayer, removeRwLayer } from '../../src/engine/layers/rw-layer.ts';
import { openEngine } from '../../src/engine/open-engine.ts';
import { nodeHost } from '../../src/host/node-host.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

it('an image laid by hand is found, and a container’s layer stands on it', async () => {
  const laid = roots.image({ layers: 3 });
  roots.image({ name: 'other:1', config: { Cmd: ['true'] } });
  const engine = openEngine(nodeHost(), roots);
  await prepareLayerStore(engine);
  const image = await resolveImage(engine, 'busybox');
  expect(image).toMatchObject({ id: laid.id, topChain: laid.chains[2] });
  expect((await resolveImage(engine, 'other:1')).config.config?.Cmd).toEqual(['true']);
  const containerId = 'a'.repeat(64);
  await createRwLayer(engine, { containerId, parentChain: image.topChain });
  const { merged } = await mountRwLayer(engine, containerId);
  expect(readFileSync(join(merged, 'layer-2'), 'utf8')).toBe('2\n');
  await removeRwLayer(engine, containerId);
});
