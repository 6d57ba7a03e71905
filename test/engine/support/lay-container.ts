// A container laid into a data root without `container create`: its layers by the layer store, its records by hand.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { emptyHostConfig } from '../../../src/engine/containers/host-config.ts';
import {
  type ContainerConfig,
  type ContainerFile,
  type ContainerState,
  emptyConfig,
  emptyContainer,
  type HostConfig,
} from '../../../src/engine/containers/record.ts';
import { writeContainer } from '../../../src/engine/containers/store.ts';
import { prepareLayerStore } from '../../../src/engine/layers/layer-store.ts';
import { createRwLayer } from '../../../src/engine/layers/rw-layer.ts';
import { openEngine } from '../../../src/engine/open-engine.ts';
import { nodeHost } from '../../../src/host/node-host.ts';
import type { EngineRoots } from './engine-roots.ts';
import type { LaidImage } from './lay-image.ts';

export interface ContainerWish {
  id: string;
  name: string;
  image: LaidImage;
  file?: Partial<ContainerFile>;
  config?: Partial<ContainerConfig>;
  state?: Partial<ContainerState>;
  host?: Partial<HostConfig>;
}

export interface LaidContainer {
  id: string;
  mountId: string;
  /** Its own layer's files. */
  diff: string;
}

export async function layContainer(
  roots: EngineRoots,
  wish: ContainerWish,
): Promise<LaidContainer> {
  const { id, image } = wish;
  const engine = openEngine(nodeHost(), roots);
  await prepareLayerStore(engine);
  const { mountId } = await createRwLayer(engine, {
    containerId: id,
    parentChain: image.chains.at(-1) ?? null,
  });
  const empty = emptyContainer(id);
  mkdirSync(join(roots.dataRoot, 'containers', id, 'checkpoints'), {
    recursive: true,
    mode: 0o710,
  });
  await writeContainer(engine, {
    id,
    config: {
      ...empty,
      Created: '2026-11-24T02:06:51.498099652Z',
      Path: 'sh',
      Image: image.id,
      Name: `/${wish.name}`,
      ...wish.file,
      State: { ...empty.State, ...wish.state },
      Config: {
        ...emptyConfig(),
        Hostname: id.slice(0, 12),
        Image: 'busybox',
        Labels: {},
        ...wish.config,
      },
    },
    hostConfig: { ...emptyHostConfig(), ...wish.host },
  });
  return { id, mountId, diff: join(roots.dataRoot, 'overlay2', mountId, 'diff') };
}
