import { invalidParameter } from '../engine-error.ts';
import {
  type ArchivedImage,
  archiveJson,
  type ImageArchive,
  imageError,
  isObject,
  isTextList,
  requiredText,
} from './image-archive.ts';
import { maxConfigBytes } from './image-store.ts';
import { familiarString, parseReference } from './reference.ts';

const manifestName = 'manifest.json';

/** The images of `docker save`'s archive, from its manifest.json; undefined if it has none. */
export async function readDockerArchive(
  archive: ImageArchive,
): Promise<ArchivedImage[] | undefined> {
  const text = await archive.text(manifestName);
  if (text === undefined) return undefined;
  const items = archiveJson(text, manifestName);
  if (!Array.isArray(items)) throw imageError(`${manifestName}: not a list of images`);
  const images: ArchivedImage[] = [];
  for (const item of items) images.push(await readItem(archive, item));
  return images;
}

async function readItem(archive: ImageArchive, item: unknown): Promise<ArchivedImage> {
  if (!isObject(item) || typeof item.Config !== 'string') {
    throw imageError(`${manifestName}: an image without Config`);
  }
  const { Config: config, Layers: layers, RepoTags: tags, Parent: parent } = item;
  if (!isTextList(layers ?? []) || !isTextList(tags ?? [])) {
    throw imageError(`${manifestName}: Layers and RepoTags are lists of text`);
  }
  return {
    configText: await requiredText(archive, config, maxConfigBytes),
    layers: ((layers ?? []) as string[]).map((path) => ({ path })),
    names: ((tags ?? []) as string[]).map(taggedName),
    ...(typeof parent === 'string' && parent !== '' ? { parent } : {}),
  };
}

/** Docker's text for what is no `name:tag`. */
export function taggedName(text: string): string {
  const reference = parseReference(text);
  if (reference.tag === undefined || reference.digest !== undefined) {
    throw invalidParameter(`invalid tag "${text}"`);
  }
  return familiarString(reference);
}
