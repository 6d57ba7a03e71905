import type { Engine } from '../context.ts';
import { type Digest, digestHex, isDigest } from '../layers/layer-store.ts';
import { findLayer } from '../layers/read-layer.ts';
import { findText } from '../layers/store-text.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import type { Image } from './image.ts';
import { findImage, listImageIds } from './image-store.ts';
import { readRepositories } from './repositories.ts';

/** An image as listings show it. */
export interface ImageSummary extends Image {
  /** Milliseconds since 1970; undefined when the config does not tell. */
  created: number | undefined;
  /** Bytes of all its layers. */
  size: number;
  /** The image it was built on, where that is known. */
  parent: Digest | undefined;
}

/** All images, the newest first. */
export async function listImages(engine: Engine): Promise<ImageSummary[]> {
  const repositories = await readRepositories(engine);
  const summaries: ImageSummary[] = [];
  for (const id of await listImageIds(engine)) {
    const image = await findImage(engine, id, repositories);
    if (image) summaries.push(await summarize(engine, image));
  }
  return summaries.sort((left, right) => (right.created ?? 0) - (left.created ?? 0));
}

export async function summarize(engine: Engine, image: Image): Promise<ImageSummary> {
  return {
    ...image,
    created: parseRfc3339(image.config.created ?? ''),
    size: await chainSize(engine, image.topChain),
    parent: await imageParent(engine, image.id),
  };
}

/** Bytes of a layer and of those below it; layers that are missing count nothing. */
export async function chainSize(engine: Engine, top: Digest | null): Promise<number> {
  let size = 0;
  for (let chain = top; chain !== null; ) {
    const layer = await findLayer(engine, chain);
    size += layer?.size ?? 0;
    chain = layer?.parent ?? null;
  }
  return size;
}

/** Of images that were built here, and of archives that tell. */
export async function imageParent(engine: Engine, id: Digest): Promise<Digest | undefined> {
  const path = `${engine.paths.imageMetadata}/${digestHex(id)}/parent`;
  const text = await findText(engine.host, path);
  return text !== undefined && isDigest(text) ? text : undefined;
}
