import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { recordEvent } from '../events/record-event.ts';
import { withImages } from '../layers/image-lock.ts';
import { imageHappening } from './image-event.ts';
import { nameImage } from './name-image.ts';
import { familiarString, parseReference, withDefaultTag } from './reference.ts';
import { resolveImage } from './resolve-image.ts';

/** Gives the image `source` one more name, which it takes from another image. */
export async function tagImage(engine: Engine, source: string, target: string): Promise<void> {
  const reference = parseReference(target);
  if (reference.digest !== undefined) {
    throw invalidParameter('refusing to create a tag with a digest reference');
  }
  const name = familiarString(withDefaultTag(reference));
  await withImages(engine, async () => {
    const image = await resolveImage(engine, source);
    await nameImage(engine, name, image.id);
    await recordEvent(engine, imageHappening(image, 'tag', name));
  });
}
