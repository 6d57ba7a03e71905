import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { type Digest, digestHex, isDigest } from '../layers/layer-store.ts';
import { findText } from '../layers/store-text.ts';

/** Where a layer's blob is known to be, as Docker records it. */
export interface BlobSource {
  Digest: Digest;
  /** `docker.io/library/busybox`. */
  SourceRepository: string;
  /** Docker's trace of the credentials of a push; ours is empty. */
  HMAC: string;
}

/** As Docker: the oldest are forgotten. */
const maxSources = 50;
const maxBytes = 1024 * 1024;

/** Blobs that were a layer, the latest last. */
export async function blobSources(engine: Engine, diffId: Digest): Promise<BlobSource[]> {
  const text = await findText(engine.host, sourcesPath(engine, diffId), maxBytes);
  try {
    const sources: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(sources) ? sources.filter((source) => isDigest(source?.Digest)) : [];
  } catch {
    // Only a hint where to look first: one that cannot be read is none.
    return [];
  }
}

/** Records that a blob of a repository is a layer. Only of blobs whose bytes were verified. */
export async function recordBlob(
  engine: Engine,
  diffId: Digest,
  { Digest: blob, SourceRepository }: Omit<BlobSource, 'HMAC'>,
): Promise<void> {
  const others = (await blobSources(engine, diffId)).filter(
    (source) => source.Digest !== blob || source.SourceRepository !== SourceRepository,
  );
  const all = [...others, { Digest: blob, SourceRepository, HMAC: '' }].slice(-maxSources);
  await write(engine, sourcesPath(engine, diffId), JSON.stringify(all));
  await write(engine, diffIdPath(engine, blob), diffId);
}

/** The layer that a blob is; undefined if none is known. */
export async function knownDiffId(engine: Engine, blob: Digest): Promise<Digest | undefined> {
  const text = await findText(engine.host, diffIdPath(engine, blob));
  return text !== undefined && isDigest(text) ? text : undefined;
}

function sourcesPath({ paths }: Engine, diffId: Digest): string {
  return `${paths.distribution}/v2metadata-by-diffid/sha256/${digestHex(diffId)}`;
}

function diffIdPath({ paths }: Engine, blob: Digest): string {
  return `${paths.distribution}/diffid-by-digest/sha256/${digestHex(blob)}`;
}

async function write({ host }: Engine, path: string, text: string): Promise<void> {
  const record = { path, text, mode: 0o644, durable: false };
  try {
    await host.call('writeRecord', record);
  } catch (error) {
    if (!isHostError(error, 'ENOENT')) throw error;
    const directory = path.slice(0, path.lastIndexOf('/'));
    await host.call('makeDirectory', { path: directory, mode: 0o755, parents: true });
    await host.call('writeRecord', record);
  }
}
