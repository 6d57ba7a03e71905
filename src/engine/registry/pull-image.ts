import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { recordEvent } from '../events/record-event.ts';
import { writeConfig } from '../images/add-image.ts';
import type { Image } from '../images/image.ts';
import { imageError } from '../images/image-archive.ts';
import { findImage, parseConfig, readConfig } from '../images/image-store.ts';
import { nameImage } from '../images/name-image.ts';
import type { Descriptor } from '../images/oci-layout.ts';
import type { Platform } from '../images/platform.ts';
import { familiarName, familiarString, type Reference } from '../images/reference.ts';
import { readRepositories } from '../images/repositories.ts';
import { lookUp } from '../images/resolve-image.ts';
import { addLayers } from '../layers/add-layers.ts';
import { withImages } from '../layers/image-lock.ts';
import type { Digest } from '../layers/layer-store.ts';
import { recordBlob } from './distribution-records.ts';
import { parsePlatform } from './parse-platform.ts';
import { type PullWatch, pullLayers, shortBlob } from './pull-layers.ts';
import { registrySettings } from './registry-settings.ts';
import { fetchConfig, findRemoteImage } from './remote-image.ts';
import { openSession, type Session } from './session.ts';

export interface PullOptions extends PullWatch {
  /** `os/architecture[/variant]`; empty for this machine's. */
  platform?: string;
  /** Registries that may be asked by http, beside those of the data root's daemon.json. */
  insecure?: readonly string[];
  /** Asked before Docker's own registry, beside those of daemon.json. */
  mirrors?: readonly string[];
  /** The registry knows the image; what follows is the work. */
  onFound?: () => void | Promise<void>;
}

export interface PulledImage {
  id: Digest;
  /** Of the index or manifest that the name leads to. */
  digest: Digest;
  /** Whether the name led elsewhere, or nowhere, until now. */
  newer: boolean;
}

/**
 * Fetches an image from its registry, unless it is here already, and gives it its name. Rejects with
 * ERR_RUNDLET_NO_SUCH_OBJECT for what the registry does not have or show, ERR_RUNDLET_REGISTRY for what goes
 * wrong with it, ERR_RUNDLET_IMAGE for what is damaged; images that were here stay whole.
 * @param reference with a tag or a digest.
 */
export async function pullImage(
  engine: Engine,
  reference: Reference,
  options: PullOptions = {},
): Promise<PulledImage> {
  const { architecture } = await engine.host.call('platform', null);
  const platform = parsePlatform(options.platform ?? '', architecture);
  const { insecure, mirrors } = await registrySettings(engine, options);
  const source = { platform, insecure };
  for (const mirror of reference.domain === 'docker.io' ? mirrors : []) {
    try {
      return await pullFrom(engine, reference, { ...source, mirror }, options);
    } catch (error) {
      if (!isEngineError(error, 'ERR_RUNDLET_REGISTRY', 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
      engine.warn(`${mirror}: ${error.message}`);
    }
  }
  return pullFrom(engine, reference, source, options);
}

interface Source {
  platform: Platform;
  insecure: readonly string[];
  mirror?: string;
}

async function pullFrom(
  engine: Engine,
  reference: Reference,
  { platform, ...source }: Source,
  options: PullOptions,
): Promise<PulledImage> {
  const session = await openSession(engine, reference.domain, {
    path: reference.path,
    actions: 'pull',
    ...source,
    ...(options.onStoppable && { onStoppable: options.onStoppable }),
  });
  try {
    const remote = await findRemoteImage(session, reference, platform);
    await options.onFound?.();
    const present = (await readConfig(engine, remote.id)) !== undefined;
    const configText = present ? undefined : await fetchConfig(session, remote.id, reference);
    return await withImages(engine, async () => {
      if (configText !== undefined) {
        await addRemote(engine, session, { reference, configText, layers: remote.layers }, options);
      }
      const newer = await nameAll(engine, reference, remote);
      const image = (await findImage(engine, remote.id, new Map())) as Image;
      await recordEvent(engine, {
        type: 'image',
        action: 'pull',
        id: familiarString(reference),
        attributes: { ...image.config.config?.Labels, name: familiarName(reference) },
      });
      return { id: remote.id, digest: remote.digest, newer };
    });
  } finally {
    await session.close();
  }
}

interface Remote {
  reference: Reference;
  configText: string;
  layers: Descriptor[];
}

async function addRemote(
  engine: Engine,
  session: Session,
  { reference, configText, layers }: Remote,
  watch: PullWatch,
): Promise<void> {
  const config = parseConfig(configText, 'image config');
  const diffIds = config.rootfs?.diff_ids ?? [];
  if (config.os !== undefined && config.os !== '' && config.os !== 'linux') {
    throw imageError(`image operating system "${config.os}" cannot be used on this platform`);
  }
  if (diffIds.length !== layers.length) {
    throw imageError("layers from manifest don't match image configuration");
  }
  const sources = layers.map((blob, place) => ({ blob, diffId: diffIds[place] as Digest }));
  await addLayers(engine, sources, async (coming) => {
    const missing = new Set(coming.map(({ blob }) => blob));
    for (const blob of layers) {
      const [id, total] = [shortBlob(blob.digest), blob.size];
      const phase = missing.has(blob) ? 'waiting' : 'exists';
      await watch.onProgress?.({ id, phase, current: 0, total });
    }
    if (coming.length === 0) return [];
    const unpacked = await pullLayers(engine, session, coming, watch);
    const SourceRepository = `${reference.domain}/${reference.path}`;
    for (const { blob, diffId } of coming) {
      await recordBlob(engine, diffId, { Digest: blob.digest, SourceRepository });
    }
    return unpacked;
  });
  await writeConfig(engine, configText);
}

/** The name, and the one by digest that Docker gives beside it. */
async function nameAll(
  engine: Engine,
  reference: Reference,
  { id, digest }: { id: Digest; digest: Digest },
): Promise<boolean> {
  const before = lookUp(await readRepositories(engine), reference);
  const { tag: _, ...rest } = reference;
  await nameImage(engine, familiarString({ ...rest, digest }), id);
  if (reference.digest === undefined) await nameImage(engine, familiarString(reference), id);
  return before !== id;
}
