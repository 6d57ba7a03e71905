import { imageError } from '../images/image-archive.ts';
import { maxConfigBytes } from '../images/image-store.ts';
import { imageLimits } from '../images/limits.ts';
import { type Descriptor, isManifest, readIndex, readManifest } from '../images/oci-layout.ts';
import { choosePlatform, type Platform } from '../images/platform.ts';
import { familiarString, type Reference } from '../images/reference.ts';
import { type Digest, isDigest } from '../layers/layer-store.ts';
import { refusal, registryError } from './registry-error.ts';
import type { Answer } from './send.ts';
import type { Session } from './session.ts';

/** An image as its registry describes it; texts are verified, layers are not here yet. */
export interface RemoteImage {
  /** Of what the name leads to: an index, or the manifest. */
  digest: Digest;
  /** Digest of the config, the image's id. */
  id: Digest;
  /** Lowest first. */
  layers: Descriptor[];
}

/** What can be read, the wished first (image-spec, media-types.md; distribution, "Image Manifest V 2, Schema 2"). */
const manifestTypes = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

/** Configs of images; an artifact of another kind has no root file system. */
const configTypes = [
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.config.v1+json',
  'application/octet-stream',
  '',
];

/** Follows a name to the manifest for a platform. */
export async function findRemoteImage(
  session: Session,
  reference: Reference,
  platform: Platform,
): Promise<RemoteImage> {
  const wanted = reference.digest ?? reference.tag ?? 'latest';
  const top = await fetchManifest(session, wanted, reference);
  let { text, digest } = top;
  for (let depth = 0; !isManifest(text, digest); depth++) {
    if (depth > imageLimits.indexDepth) throw imageError(`${digest}: indexes nested too deep`);
    const chosen = choosePlatform(readIndex(text, digest), platform);
    if (!chosen) {
      const { os, architecture, variant } = platform;
      const name = [os, architecture, variant].filter(Boolean).join('/');
      throw registryError(`no matching manifest for ${name} in the manifest list entries`);
    }
    ({ text, digest } = await fetchManifest(session, chosen.digest, reference));
  }
  const { config, layers } = readManifest(text, digest);
  if (!configTypes.includes(config.mediaType)) {
    throw registryError(
      `Encountered remote ${JSON.stringify(config.mediaType)}(unknown) when fetching ${familiarString(reference)}`,
    );
  }
  return { digest: top.digest, id: config.digest, layers };
}

async function fetchManifest(session: Session, wanted: string, reference: Reference) {
  const answer = await session.send({
    method: 'GET',
    url: `${session.repository}/manifests/${wanted}`,
    headers: { accept: manifestTypes.join(', ') },
  });
  if (answer.status !== 200) throw refusal(answer, reference);
  const { text, digest } = answer;
  if (!isDigest(digest)) throw registryError(`the registry gave no digest: ${digest}`);
  if (wanted.includes(':') && wanted !== digest) {
    throw imageError(`manifest verification failed for digest ${wanted}`);
  }
  checkKind(answer, reference);
  return { text, digest };
}

/** One document must not be taken for two kinds (CVE-2021-41190). */
function checkKind(answer: Answer, reference: Reference): void {
  const sent = (answer.header('content-type') ?? '').split(';')[0]?.trim() ?? '';
  const { mediaType, schemaVersion } = JSON.parse(answer.text || '{}');
  if (schemaVersion === 1) {
    throw registryError(
      `${familiarString(reference)}: Docker Image manifest version 2, schema 1 support has been removed`,
    );
  }
  if (typeof mediaType === 'string' && manifestTypes.includes(sent) && mediaType !== sent) {
    throw imageError(`manifest has mediaType ${mediaType}, sent as ${sent}: refused`);
  }
}

/** The config of an image, byte for byte. */
export async function fetchConfig(session: Session, id: Digest, name: Reference): Promise<string> {
  const url = `${session.repository}/blobs/${id}`;
  const answer = await session.send({ method: 'GET', url, max: maxConfigBytes });
  if (answer.status !== 200) throw refusal(answer, name);
  if (answer.digest !== id) {
    throw imageError(`image config verification failed for digest ${id}`);
  }
  return answer.text;
}
