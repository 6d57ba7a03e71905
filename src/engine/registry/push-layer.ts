import { systemError } from '../../errors/system-error.ts';
import type { Engine } from '../context.ts';
import { imageError } from '../images/image-archive.ts';
import type { Reference } from '../images/reference.ts';
import { type Digest, digestHex } from '../layers/layer-store.ts';
import { findLayer } from '../layers/read-layer.ts';
import { type BlobSource, blobSources, recordBlob } from './distribution-records.ts';
import type { Session } from './session.ts';
import { beginUpload, blobSize, finishUpload, mountBlob } from './upload.ts';

/** How one layer of a push stands, in Docker's words. */
export interface PushStep {
  diffId: Digest;
  step: string;
}

/** What a manifest says of a layer. */
export interface PushedLayer {
  digest: Digest;
  size: number;
}

export interface LayerToPush {
  reference: Reference;
  diffId: Digest;
  chain: Digest;
}

/** Blobs of one layer that the registry is asked for. */
const maxAsked = 3;

/** Uploads a layer, unless the registry has it, here or in another repository. */
export async function pushLayer(
  engine: Engine,
  session: Session,
  layer: LayerToPush,
  onStep: (step: PushStep) => void | Promise<void> = () => {},
): Promise<PushedLayer> {
  const { reference, diffId } = layer;
  const here = `${reference.domain}/${reference.path}`;
  const sources = (await blobSources(engine, diffId)).reverse();
  const known = await findPushed(session, reference, sources);
  if (known) {
    await recordBlob(engine, diffId, { Digest: known.digest, SourceRepository: here });
    const step = known.from ? `Mounted from ${known.from}` : 'Layer already exists';
    await onStep({ diffId, step });
    return known;
  }
  const pushed = await upload(engine, session, layer, onStep);
  await recordBlob(engine, diffId, { Digest: pushed.digest, SourceRepository: here });
  await onStep({ diffId, step: 'Pushed' });
  return pushed;
}

/** A blob that the repository has or takes from another of the same registry. */
async function findPushed(
  session: Session,
  { domain, path }: Reference,
  sources: readonly BlobSource[],
): Promise<(PushedLayer & { from?: string }) | undefined> {
  const digests = [...new Set(sources.map(({ Digest: digest }) => digest))].slice(0, maxAsked);
  for (const digest of digests) {
    const size = await blobSize(session, digest);
    if (size !== undefined) return { digest, size };
  }
  const others = sources.filter(({ SourceRepository: name }) => name.startsWith(`${domain}/`));
  for (const { Digest: digest, SourceRepository } of others.slice(0, maxAsked)) {
    const from = SourceRepository.slice(domain.length + 1);
    if (from === path || !(await mountBlob(session, digest, from))) continue;
    const size = await blobSize(session, digest);
    if (size !== undefined) return { digest, size, from };
  }
  return undefined;
}

async function upload(
  engine: Engine,
  session: Session,
  { reference, diffId, chain }: LayerToPush,
  onStep: (step: PushStep) => void | Promise<void>,
): Promise<PushedLayer> {
  const { host, paths } = engine;
  const found = await findLayer(engine, chain);
  if (found === undefined) throw imageError(`layer does not exist: ${chain}`);
  await host.call('makeDirectory', { path: paths.tmp, mode: 0o700, parents: true });
  const { handle, size, ...packed } = await host.call('packLayer', {
    split: `${paths.layers}/${digestHex(chain)}/tar-split.json.gz`,
    root: `${paths.overlay2}/${found.cacheId}/diff`,
    diffId,
    spool: paths.tmp,
  });
  const digest = packed.digest as Digest;
  try {
    // What is packed here may be there by another name.
    if ((await blobSize(session, digest)) !== undefined) return { digest, size };
    await onStep({ diffId, step: 'Pushing' });
    const place = await beginUpload(session, reference);
    await finishUpload(session, reference, place, { digest, blob: handle });
    return { digest, size };
  } catch (error) {
    throw systemError(error, '', 'ERR_RUNDLET_REGISTRY');
  } finally {
    await host.call('dropBlob', { handle });
  }
}
