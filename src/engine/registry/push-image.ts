import { RundletError } from '../../errors/rundlet-error.ts';
import type { Engine } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';
import { byteLength } from '../images/byte-length.ts';
import { chainIds } from '../images/chain-ids.ts';
import type { Image } from '../images/image.ts';
import { findImage, maxConfigBytes } from '../images/image-store.ts';
import { nameImage } from '../images/name-image.ts';
import { familiarName, familiarString, type Reference } from '../images/reference.ts';
import { readRepositories } from '../images/repositories.ts';
import { lookUp } from '../images/resolve-image.ts';
import { withImages } from '../layers/image-lock.ts';
import { type Digest, digestHex } from '../layers/layer-store.ts';
import { findText } from '../layers/store-text.ts';
import { blobSources } from './distribution-records.ts';
import { type PushedLayer, type PushStep, pushLayer } from './push-layer.ts';
import { refusal, registryError } from './registry-error.ts';
import { registrySettings } from './registry-settings.ts';
import { openSession, type Session } from './session.ts';
import { putBlob } from './upload.ts';

export interface PushOptions {
  /** Registries that may be asked by http. */
  insecure?: readonly string[];
  /** Hears how layers stand. */
  onStep?: (step: PushStep) => void | Promise<void>;
}

export interface PushedImage {
  /** Of the manifest. */
  digest: Digest;
  /** Bytes of the manifest. */
  size: number;
}

const dockerType = 'application/vnd.docker';
const manifestType = `${dockerType}.distribution.manifest.v2+json`;
/** Layers of other repositories that the registry is asked for first. */
const maxSources = 4;

/**
 * Gives the registry an image by its name: what it has not yet is uploaded, byte for byte the tars that came.
 * @param reference with a tag; an image here has that name.
 */
export async function pushImage(
  engine: Engine,
  reference: Reference,
  { insecure, onStep }: PushOptions = {},
): Promise<PushedImage> {
  const image = await namedImage(engine, reference);
  const diffIds = image.config.rootfs?.diff_ids ?? [];
  const { domain, path } = reference;
  const elsewhere = await otherRepositories(engine, reference, diffIds);
  const session = await openSession(engine, domain, {
    path,
    actions: 'pull,push',
    mountFrom: elsewhere,
    insecure: (await registrySettings(engine, { ...(insecure && { insecure }) })).insecure,
  });
  try {
    const layers: PushedLayer[] = [];
    const chains = await chainIds(engine.host, diffIds);
    for (const diffId of diffIds) await onStep?.({ diffId, step: 'Preparing' });
    for (const [place, diffId] of diffIds.entries()) {
      const chain = chains[place] as Digest;
      layers.push(await pushLayer(engine, session, { reference, diffId, chain }, onStep));
    }
    const pushed = await putManifest(engine, session, { reference, image, layers });
    await withImages(engine, async () => {
      const { tag: _, ...rest } = reference;
      await nameImage(engine, familiarString({ ...rest, digest: pushed.digest }), image.id);
    });
    await recordEvent(engine, {
      type: 'image',
      action: 'push',
      id: familiarString(reference),
      attributes: { ...image.config.config?.Labels, name: familiarName(reference) },
    });
    return pushed;
  } finally {
    await session.close();
  }
}

async function namedImage(engine: Engine, reference: Reference): Promise<Image> {
  const repositories = await readRepositories(engine);
  const id = lookUp(repositories, reference);
  const image = id && (await findImage(engine, id, repositories));
  if (image) return image;
  const known = repositories.has(familiarName(reference));
  const message = known
    ? `tag does not exist: ${familiarString(reference)}`
    : `An image does not exist locally with the tag: ${familiarName(reference)}`;
  throw new RundletError('ERR_RUNDLET_NO_SUCH_OBJECT', message);
}

/** Repositories of the same registry that have layers of the image: they can be taken over there. */
async function otherRepositories(
  engine: Engine,
  { domain, path }: Reference,
  diffIds: readonly Digest[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const diffId of diffIds) {
    for (const { SourceRepository } of await blobSources(engine, diffId)) {
      const other = SourceRepository.slice(domain.length + 1);
      if (SourceRepository.startsWith(`${domain}/`) && other !== path) found.add(other);
    }
  }
  return [...found].slice(-maxSources);
}

interface Pushed {
  reference: Reference;
  image: Image;
  layers: readonly PushedLayer[];
}

/** The config, and the manifest that names all: with it the image is there. */
async function putManifest(
  engine: Engine,
  session: Session,
  { reference, image, layers }: Pushed,
): Promise<PushedImage> {
  const path = `${engine.paths.imageContent}/${digestHex(image.id)}`;
  const config = (await findText(engine.host, path, maxConfigBytes)) ?? '';
  await putBlob(session, reference, image.id, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: `${dockerType}.container.image.v1+json`,
      size: byteLength(config),
      digest: image.id,
    },
    layers: layers.map(({ size, digest }) => ({
      mediaType: `${dockerType}.image.rootfs.diff.tar.gzip`,
      size,
      digest,
    })),
  };
  const body = JSON.stringify(manifest, null, 3);
  const digest: Digest = `sha256:${await engine.host.call('sha256', { text: body })}`;
  const answer = await session.send({
    method: 'PUT',
    url: `${session.repository}/manifests/${reference.tag}`,
    headers: { 'content-type': manifestType },
    body,
  });
  if (answer.status !== 201) throw refusal(answer, reference, 'push');
  const said = answer.header('docker-content-digest');
  if (said !== undefined && said !== digest) {
    throw registryError(`the registry made ${said} of manifest ${digest}`);
  }
  return { digest, size: byteLength(body) };
}
