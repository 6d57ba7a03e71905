import type { Engine } from '../context.ts';
import { noSuchImage } from '../engine-error.ts';
import { type Digest, digestHex, isDigest } from '../layers/layer-store.ts';
import type { Image } from './image.ts';
import { findImage, listImageIds } from './image-store.ts';
import {
  asDigest,
  familiarString,
  parseReference,
  type Reference,
  referenceKey,
  withDefaultTag,
} from './reference.ts';
import { type Repositories, readRepositories } from './repositories.ts';

export type { Image, ImageConfig, ImageRunConfig } from './image.ts';

/**
 * Finds an image by `name[:tag][@digest]`, whole id or the beginning of one. Rejects with
 * `No such image: <reference>` (code ERR_RUNDLET_NO_SUCH_OBJECT), or with Docker's text for what is no
 * reference at all (ERR_RUNDLET_INVALID_PARAMETER).
 */
export async function resolveImage(engine: Engine, reference: string): Promise<Image> {
  const repositories = await readRepositories(engine);
  const digest = asDigest(reference);
  if (digest !== undefined) {
    const image = isDigest(digest) && (await findImage(engine, digest, repositories));
    if (image) return image;
    throw noSuchImage(digest);
  }
  const parsed = parseReference(reference);
  const id = lookUp(repositories, parsed) ?? (await searchId(engine, reference));
  const image = id && (await findImage(engine, id, repositories));
  if (image) return image;
  throw await notThere(familiarString(withDefaultTag(parsed)), repositories);
}

async function notThere(reference: string, repositories: Repositories): Promise<Error> {
  const { nearNameHint } = await import('../../spec/near-name.ts');
  const names = [...repositories.values()].flatMap((references) => [...references.keys()]);
  const hint =
    names.length === 0
      ? 'there is none yet: `rundlet image load` and `rundlet image import` bring one'
      : nearNameHint(
          reference,
          names.map((name) => familiarString(parseReference(name))),
        );
  return noSuchImage(reference, { ...(hint && { hint }) });
}

/** The image that a name leads to. */
export function lookUp(repositories: Repositories, reference: Reference): Digest | undefined {
  const key = referenceKey(reference);
  for (const references of repositories.values()) {
    const id = references.get(key);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The one image whose id begins so; with two of them Docker finds none. */
async function searchId(engine: Engine, text: string): Promise<Digest | undefined> {
  const digits = text.startsWith('sha256:') ? text.slice('sha256:'.length) : text;
  if (!/^[0-9a-f]{1,64}$/.test(digits)) return undefined;
  const ids = await listImageIds(engine);
  const found = ids.filter((id) => digestHex(id).startsWith(digits));
  return found.length === 1 ? found[0] : undefined;
}
