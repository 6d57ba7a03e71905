import { type Digest, digestHex, isDigest } from '../layers/layer-store.ts';
import {
  type ArchivedImage,
  archiveJson,
  type ImageArchive,
  imageError,
  isObject,
  requiredText,
} from './image-archive.ts';
import { maxConfigBytes } from './image-store.ts';
import { imageLimits } from './limits.ts';
import { choosePlatform } from './platform.ts';
import { familiarString, parseReference, withDefaultTag } from './reference.ts';

/** Pointer to a blob (image-spec, descriptor.md). */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: Record<string, unknown>;
  annotations?: Record<string, unknown>;
}

/** A manifest's two pointers. */
export interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

const containerdName = 'io.containerd.image.name';
const ociName = 'org.opencontainers.image.ref.name';

/** The images of an OCI layout (image-spec, image-layout.md); undefined if it is none. */
export async function readOciLayout(
  archive: ImageArchive,
  host: { os: string; architecture: string },
): Promise<ArchivedImage[] | undefined> {
  const text = await archive.text('index.json');
  if (text === undefined) return undefined;
  const images = new Map<Digest, ArchivedImage>();
  for (const entry of readIndex(text, 'index.json')) {
    const manifest = await findManifest(archive, entry, host, 0);
    const image = images.get(manifest.config.digest) ?? (await readImage(archive, manifest));
    images.set(manifest.config.digest, image);
    const name = nameOf(entry);
    if (name !== undefined && !image.names.includes(name)) image.names.push(name);
  }
  return [...images.values()];
}

export function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** Down through indexes to the manifest for this host. */
async function findManifest(
  archive: ImageArchive,
  entry: Descriptor,
  host: { os: string; architecture: string },
  depth: number,
): Promise<Manifest> {
  if (depth > imageLimits.indexDepth) throw imageError(`${entry.digest}: indexes nested too deep`);
  const text = await blobText(archive, entry, imageLimits.manifestBytes);
  if (isManifest(text, entry.digest)) return readManifest(text, entry.digest);
  const chosen = choosePlatform(readIndex(text, entry.digest), host);
  if (!chosen) {
    throw imageError(`no matching manifest for ${host.os}/${host.architecture} in ${entry.digest}`);
  }
  return findManifest(archive, chosen, host, depth + 1);
}

async function readImage(archive: ImageArchive, manifest: Manifest): Promise<ArchivedImage> {
  const configText = await blobText(archive, manifest.config, maxConfigBytes);
  const layers = manifest.layers.map(({ digest }) => ({ path: blobPath(digest), digest }));
  return { configText, layers, names: [] };
}

/** Digests of layers are verified while they are unpacked, those of the texts by their use as ids. */
async function blobText(
  archive: ImageArchive,
  { digest }: Descriptor,
  max: number,
): Promise<string> {
  const text = await requiredText(archive, blobPath(digest), max);
  await archive.verify(text, digest);
  return text;
}

/** Whether it has layers and not manifests; both are refused, whatever the media type says. */
export function isManifest(text: string, subject: string): boolean {
  const value = archiveJson(text, subject);
  if (!isObject(value)) throw imageError(`${subject}: no manifest`);
  const [layers, manifests] = [Array.isArray(value.layers), Array.isArray(value.manifests)];
  if (layers !== manifests) return layers;
  throw imageError(
    layers
      ? `${subject}: both a manifest and an index: refused`
      : `${subject}: neither a manifest nor an index`,
  );
}

/** The descriptors of an index. */
export function readIndex(text: string, subject: string): Descriptor[] {
  if (isManifest(text, subject)) throw imageError(`${subject}: a manifest and no index`);
  const { manifests } = archiveJson(text, subject) as { manifests: unknown[] };
  return manifests.map((value) => descriptor(value, subject));
}

export function readManifest(text: string, subject: string): Manifest {
  if (!isManifest(text, subject)) throw imageError(`${subject}: an index and no manifest`);
  const { config, layers } = archiveJson(text, subject) as { config: unknown; layers: unknown[] };
  return {
    config: descriptor(config, subject),
    layers: layers.map((value) => descriptor(value, subject)),
  };
}

function descriptor(value: unknown, subject: string): Descriptor {
  if (!isObject(value)) throw imageError(`${subject}: no descriptor`);
  const { mediaType, digest, size, platform, annotations } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw imageError(`${subject}: ${JSON.stringify(digest)} is no SHA-256 digest`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw imageError(`${subject}: ${digest} has no size`);
  }
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest,
    size,
    ...(isObject(platform) ? { platform } : {}),
    ...(isObject(annotations) ? { annotations } : {}),
  };
}

/** A whole name where there is one; a tag alone names nothing. */
function nameOf({ annotations = {} }: Descriptor): string | undefined {
  const whole = annotations[containerdName];
  const text = typeof whole === 'string' ? whole : annotations[ociName];
  if (typeof text !== 'string' || !/[:/]/.test(text)) return undefined;
  try {
    const reference = withDefaultTag(parseReference(text));
    return reference.digest === undefined ? familiarString(reference) : undefined;
  } catch {
    return undefined;
  }
}
