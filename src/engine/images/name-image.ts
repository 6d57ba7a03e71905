import type { Engine } from '../context.ts';
import type { Digest } from '../layers/layer-store.ts';
import { writeMetadata } from './add-image.ts';
import { familiarName, parseReference, referenceKey } from './reference.ts';
import { readRepositories, writeRepositories } from './repositories.ts';

/**
 * Gives an image a name; → the image that had it before, if it was another. The caller holds the images'
 * lock.
 */
export async function nameImage(
  engine: Engine,
  name: string,
  id: Digest,
): Promise<Digest | undefined> {
  const reference = parseReference(name);
  const repositories = await readRepositories(engine);
  const repository = familiarName(reference);
  const references = repositories.get(repository) ?? new Map<string, Digest>();
  repositories.set(repository, references);
  const key = referenceKey(reference);
  const before = references.get(key);
  if (before === id) return undefined;
  references.set(key, id);
  await writeRepositories(engine, repositories);
  await writeMetadata(engine, id, 'lastUpdated', await engine.now());
  return before;
}
