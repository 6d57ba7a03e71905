import { RundletError } from '../../errors/rundlet-error.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { type Digest, digestHex, isDigest } from '../layers/layer-store.ts';
import { findText } from '../layers/store-text.ts';
import { chainIds } from './chain-ids.ts';
import type { Image, ImageConfig } from './image.ts';
import { type Repositories, referencesOf } from './repositories.ts';

/** Cap on a config: it is read whole (security.md: 8 MiB). */
export const maxConfigBytes = 8 * 1024 * 1024;

/** Ids of all images, ascending. */
export async function listImageIds(engine: Engine): Promise<Digest[]> {
  try {
    const { names } = await engine.host.call('listDirectory', {
      path: engine.paths.imageContent,
    });
    return names.map((name) => `sha256:${name}`).filter(isDigest);
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Reads an image; undefined if there is none of that id. */
export async function findImage(
  engine: Engine,
  id: Digest,
  repositories: Repositories,
): Promise<Image | undefined> {
  const config = await readConfig(engine, id);
  if (config === undefined) return undefined;
  const chains = await chainIds(engine.host, config.rootfs?.diff_ids ?? []);
  return {
    id,
    config,
    topChain: chains.at(-1) ?? null,
    references: referencesOf(repositories, id),
  };
}

/** An image's config; undefined if there is none of that id. */
export async function readConfig(engine: Engine, id: Digest): Promise<ImageConfig | undefined> {
  const path = `${engine.paths.imageContent}/${digestHex(id)}`;
  const text = await findText(engine.host, path, maxConfigBytes);
  return text === undefined ? undefined : parseConfig(text, path);
}

/** An image config from its bytes; only the form that the engine relies on is checked. */
export function parseConfig(text: string, subject: string): ImageConfig {
  let config: ImageConfig | null;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new RundletError('ERR_RUNDLET_IMAGE', `${subject}: not JSON`, { cause });
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new RundletError('ERR_RUNDLET_IMAGE', `${subject}: no config of an image`);
  }
  const diffIds = config.rootfs?.diff_ids ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((diffId) => isDigest(diffId))) {
    throw new RundletError('ERR_RUNDLET_IMAGE', `${subject}: rootfs.diff_ids are no digests`);
  }
  return config;
}
