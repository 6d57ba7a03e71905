import { systemError } from '../../errors/system-error.ts';
import type { Engine } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { withImages } from '../layers/image-lock.ts';
import type { Digest } from '../layers/layer-store.ts';
import { addImage } from './add-image.ts';
import { readDockerArchive } from './docker-archive.ts';
import { type ImageArchive, imageError, openArchive } from './image-archive.ts';
import { imageHappening } from './image-event.ts';
import { parseConfig } from './image-store.ts';
import { nameImage } from './name-image.ts';
import { readOciLayout } from './oci-layout.ts';

export interface LoadedImage {
  id: Digest;
  /** Names it was given, `name:tag`. */
  names: LoadedName[];
}

export interface LoadedName {
  name: string;
  /** The image that had the name until now. */
  before?: Digest;
}

/**
 * Loads all images of an archive, docker's or an OCI layout, from the file or directory `path`, or from
 * standard input for an empty one. Rejects with ERR_RUNDLET_IMAGE for what is damaged or refused; images
 * that were whole before stay.
 */
export async function loadImages(engine: Engine, path: string): Promise<LoadedImage[]> {
  const archive = await openArchive(engine, path);
  try {
    const images = await readArchive(engine, archive, path || 'stdin');
    return await withImages(engine, async () => {
      const loaded: LoadedImage[] = [];
      for (const image of images) {
        const id = await addImage(engine, archive.handle, image);
        const names: LoadedName[] = [];
        for (const name of image.names) {
          const before = await nameImage(engine, name, id);
          names.push({ name, ...(before === undefined ? {} : { before }) });
        }
        const config = parseConfig(image.configText, id);
        await recordEvent(engine, imageHappening({ id, config }, 'load', id));
        loaded.push({ id, names });
      }
      return loaded;
    });
  } catch (error) {
    throw systemError(error, '', 'ERR_RUNDLET_IMAGE');
  } finally {
    await archive.close();
  }
}

/** manifest.json counts where both are there, as with docker. */
async function readArchive(engine: Engine, archive: ImageArchive, subject: string) {
  const docker = await readDockerArchive(archive);
  if (docker !== undefined) return docker;
  const { architecture } = await engine.host.call('platform', null);
  const oci = await readOciLayout(archive, { os: 'linux', architecture });
  if (oci !== undefined) return oci;
  throw imageError(`${subject}: neither manifest.json nor index.json: no archive of images`);
}
