import { RundletError } from '../../errors/rundlet-error.ts';
import type { Engine } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { withImagesAlone } from '../layers/image-lock.ts';
import { type Digest, digestHex } from '../layers/layer-store.ts';
import { sweepLayers } from '../layers/recover-layers.ts';
import type { Image } from './image.ts';
import { imageHappening } from './image-event.ts';
import { findImage } from './image-store.ts';
import { imageUsers } from './image-users.ts';
import { imageParent } from './list-images.ts';
import { parseReference, referenceKey } from './reference.ts';
import { repositoryOf } from './reference-match.ts';
import { readRepositories, writeRepositories } from './repositories.ts';
import { resolveImage } from './resolve-image.ts';

export interface RemoveImageOptions {
  /** Although a stopped container uses it, or names of several repositories lead to it. */
  force?: boolean;
  /** Leave images without a name on which it was built. */
  noPrune?: boolean;
}

/** What was done, in its order. */
export type Removed = { untagged: string } | { deleted: string };

/**
 * Takes the name `nameOrId` from its image, and removes the image with its last name; by an id all its names
 * are taken, if they are of one repository. Throws ERR_RUNDLET_CONFLICT in Docker's words.
 */
export function removeImage(
  engine: Engine,
  nameOrId: string,
  options: RemoveImageOptions = {},
): Promise<Removed[]> {
  return withImagesAlone(engine, async () => {
    const image = await resolveImage(engine, nameOrId);
    return new Removal(engine, options).run(image, nameOrId);
  });
}

/** One removal; the caller holds the images' lock and keeps containers from being made. */
export class Removal {
  readonly removed: Removed[] = [];
  readonly #engine: Engine;
  readonly #options: RemoveImageOptions;

  constructor(engine: Engine, options: RemoveImageOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  async run(image: Image, nameOrId: string): Promise<Removed[]> {
    const byId = isIdOf(image.id, nameOrId);
    if (byId) await this.#takeAll(image);
    else if (!(await this.#take(image, nameOrId))) return this.removed;
    await this.#delete(await this.#again(image.id), !byId);
    return this.removed;
  }

  /** Takes a name, and the digests of its repository with its last tag; whether the image has none left. */
  async #take(image: Image, name: string): Promise<boolean> {
    const key = referenceKey(parseReference(name));
    if (!this.#options.force && ofOneRepository(image.references)) {
      const { running, stopped } = await imageUsers(this.#engine, image.id);
      const user = running ?? stopped;
      if (user) {
        const [id, own] = [user.id.slice(0, 12), shortId(image.id)];
        throw conflict(
          `unable to remove repository reference "${name}" (must force) - container ${id} is using its referenced image ${own}`,
        );
      }
    }
    await this.#untag(image.id, [key]);
    const { references } = await this.#again(image.id);
    const repository = repositoryOf(key);
    const same = references.filter((reference) => repositoryOf(reference) === repository);
    if (!key.includes('@') && same.every((reference) => reference.includes('@'))) {
      await this.#untag(image.id, same);
    }
    return (await this.#again(image.id)).references.length === 0;
  }

  async #takeAll(image: Image): Promise<void> {
    if (!ofOneRepository(image.references)) return;
    await this.#check(image, { ...this.#options, named: true });
    await this.#untag(image.id, image.references);
  }

  /** @param quiet only its name was to go: an image in use stays, without an error. */
  async #delete(image: Image, quiet: boolean): Promise<void> {
    try {
      await this.#check(image, this.#options);
    } catch (error) {
      if (quiet) return;
      throw error;
    }
    const { host, paths } = this.#engine;
    const parent = await imageParent(this.#engine, image.id);
    await this.#untag(image.id, image.references);
    await host.call('removeFile', { path: `${paths.imageContent}/${digestHex(image.id)}` });
    await host.call('removeTree', { path: `${paths.imageMetadata}/${digestHex(image.id)}` });
    await recordEvent(this.#engine, imageHappening(image, 'delete', image.id));
    this.removed.push({ deleted: image.id });
    for (const chain of await sweepLayers(this.#engine)) this.removed.push({ deleted: chain });
    if (parent === undefined || this.#options.noPrune) return;
    const below = await findImage(this.#engine, parent, await readRepositories(this.#engine));
    if (below && below.references.length === 0) await this.#delete(below, true);
  }

  async #check(image: Image, { force, named }: RemoveImageOptions & { named?: boolean }) {
    const { running, stopped, children } = await imageUsers(this.#engine, image.id);
    const refuse = (how: string, why: string) =>
      conflict(`unable to delete ${shortId(image.id)} (${how} be forced) - ${why}`);
    if (children) throw refuse('cannot', 'image has dependent child images');
    if (running) {
      const id = running.id.slice(0, 12);
      throw refuse('cannot', `image is being used by running container ${id}`);
    }
    if (force) return;
    if (!named && image.references.length > 0) {
      throw refuse('must', 'image is referenced in multiple repositories');
    }
    if (stopped) {
      const id = stopped.id.slice(0, 12);
      throw refuse('must', `image is being used by stopped container ${id}`);
    }
  }

  async #untag(id: Digest, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const repositories = await readRepositories(this.#engine);
    for (const key of keys) {
      for (const references of repositories.values()) references.delete(key);
    }
    await writeRepositories(this.#engine, repositories);
    for (const key of keys) {
      this.removed.push({ untagged: key });
      await recordEvent(this.#engine, imageHappening(await this.#again(id), 'untag', id));
    }
  }

  /** As it is now. */
  async #again(id: Digest): Promise<Image> {
    const image = await findImage(this.#engine, id, await readRepositories(this.#engine));
    if (image) return image;
    throw new RundletError('ERR_RUNDLET_NO_SUCH_OBJECT', `No such image: ${id}`);
  }
}

/** Whether the image was named by its id or the beginning of it. */
function isIdOf(id: Digest, text: string): boolean {
  return id.startsWith(text) || digestHex(id).startsWith(text);
}

/** At most one tag, and nothing of another repository. */
function ofOneRepository(references: readonly string[]): boolean {
  if (references.length <= 1) return true;
  const repositories = new Set(references.map(repositoryOf));
  const tags = references.filter((reference) => !reference.includes('@'));
  return repositories.size === 1 && tags.length <= 1;
}

function shortId(id: Digest): string {
  return digestHex(id).slice(0, 12);
}

function conflict(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_CONFLICT', `conflict: ${message}`);
}
