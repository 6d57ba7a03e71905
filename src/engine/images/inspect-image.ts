import { orderedConfig } from '../containers/container-config.ts';
import { type ContainerConfig, emptyConfig } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { digestHex } from '../layers/layer-store.ts';
import { findLayer } from '../layers/read-layer.ts';
import { findText } from '../layers/store-text.ts';
import { zeroTime } from '../rfc3339.ts';
import type { Image, ImageRunConfig } from './image.ts';
import { summarize } from './list-images.ts';

/** What `image inspect` prints: Docker's API 1.41, keys in its order. */
export async function inspectImage(engine: Engine, image: Image): Promise<object> {
  const { id, config, references } = image;
  const { size, parent } = await summarize(engine, image);
  const pinned = (reference: string) => reference.includes('@');
  return {
    Id: id,
    RepoTags: references.filter((reference) => !pinned(reference)),
    RepoDigests: references.filter(pinned),
    Parent: parent ?? '',
    Comment: config.comment ?? config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? zeroTime,
    Container: config.container ?? '',
    ContainerConfig: wholeConfig(config.container_config ?? {}),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: wholeConfig(config.config ?? {}),
    Architecture: config.architecture ?? '',
    ...(config.variant ? { Variant: config.variant } : {}),
    Os: config.os ?? '',
    ...(config['os.version'] ? { OsVersion: config['os.version'] } : {}),
    Size: size,
    VirtualSize: size,
    GraphDriver: { Data: await directories(engine, image), Name: 'overlay2' },
    RootFS: {
      Type: config.rootfs?.type || 'layers',
      ...(config.rootfs?.diff_ids?.length ? { Layers: config.rootfs.diff_ids } : {}),
    },
    Metadata: { LastTagTime: (await lastTagTime(engine, image)) ?? zeroTime },
  };
}

function wholeConfig(config: ImageRunConfig): object {
  return orderedConfig({ ...emptyConfig(), ...config } as ContainerConfig);
}

/** Of the topmost layer, as the driver names them. */
async function directories(engine: Engine, { topChain }: Image): Promise<object | null> {
  const layer = topChain === null ? undefined : await findLayer(engine, topChain);
  if (layer === undefined) return null;
  const home = engine.paths.overlay2;
  const lower: string[] = [];
  for (let chain = layer.parent; chain !== null; ) {
    const below = await findLayer(engine, chain);
    if (below === undefined) break;
    lower.push(`${home}/${below.cacheId}/diff`);
    chain = below.parent;
  }
  const own = `${home}/${layer.cacheId}`;
  return {
    ...(lower.length > 0 ? { LowerDir: lower.join(':') } : {}),
    MergedDir: `${own}/merged`,
    UpperDir: `${own}/diff`,
    WorkDir: `${own}/work`,
  };
}

function lastTagTime(engine: Engine, { id }: Image): Promise<string | undefined> {
  const path = `${engine.paths.imageMetadata}/${digestHex(id)}/lastUpdated`;
  return findText(engine.host, path);
}
