import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import type { PullEvent, UnpackedLayer } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import { imageLimits } from '../images/limits.ts';
import type { Descriptor } from '../images/oci-layout.ts';
import type { ComingLayer } from '../layers/add-layers.ts';
import type { Session } from './session.ts';

/** How one layer of a pull stands. */
export interface LayerProgress {
  /** 12 digits of the blob's digest, by which Docker's lines name it. */
  id: string;
  phase: 'exists' | 'waiting' | 'downloading' | 'downloaded' | 'done';
  /** Bytes that are here, and all. */
  current: number;
  total: number;
}

export interface PullWatch {
  onProgress?: (layer: LayerProgress) => void | Promise<void>;
  /** Milliseconds between two reports of bytes; 0 for changes of phase alone. */
  pace?: number;
  /** Called with what ends the pull, while there is something to end. */
  onStoppable?: (stop: (() => Promise<void>) | undefined) => void;
}

/** Docker's `max-concurrent-downloads`. */
const atOnce = 3;

/** Layers out of the registry into their directories; in the order of `coming`. */
export async function pullLayers(
  engine: Engine,
  session: Session,
  coming: readonly (ComingLayer & { blob: Descriptor })[],
  watch: PullWatch,
): Promise<UnpackedLayer[]> {
  const { host } = engine;
  const { handle } = await host.call('pullBegin', {
    registry: session.client,
    authorization: session.authorization(),
    layers: coming.map(({ blob, diffId, root, split }) => ({
      url: `${session.repository}/blobs/${blob.digest}`,
      digest: blob.digest,
      size: blob.size,
      diffId,
      root,
      split,
    })),
    atOnce,
    maxBytes: imageLimits.layerBytes,
    maxEntries: imageLimits.entries,
  });
  const end = async () => void (await host.call('pullEnd', { handle }));
  watch.onStoppable?.(end);
  try {
    return await follow(engine, session, handle, coming, watch);
  } catch (error) {
    throw systemError(error, '', 'ERR_RUNDLET_REGISTRY');
  } finally {
    watch.onStoppable?.(undefined);
    await end();
  }
}

async function follow(
  { host }: Engine,
  session: Session,
  handle: number,
  coming: readonly { blob: Descriptor }[],
  { onProgress, pace = 0 }: PullWatch,
): Promise<UnpackedLayer[]> {
  const told = coming.map(() => '');
  for (;;) {
    const event = await host.call('pullNext', { handle, pace: onProgress ? pace : 0 });
    for (const [place, layer] of event.layers.entries()) {
      const state = `${layer.phase} ${pace > 0 ? layer.current : ''}`;
      const blob = coming[place]?.blob;
      if (state === told[place] || blob === undefined) continue;
      told[place] = state;
      await onProgress?.(progress(blob, layer));
    }
    if (event.challenge !== '') {
      await host.call('pullAuthorize', {
        handle,
        authorization: await session.renew(event.challenge),
      });
    }
    if (!event.over) continue;
    if (event.unpacked.length === coming.length) return event.unpacked;
    throw new RundletError('ERR_RUNDLET_ABORTED', 'the operation was aborted');
  }
}

function progress(
  { digest, size }: Descriptor,
  { phase, current }: PullEvent['layers'][number],
): LayerProgress {
  return { id: shortBlob(digest), phase: phase as LayerProgress['phase'], current, total: size };
}

/** `sha256:0123456789ab…` → `0123456789ab`. */
export function shortBlob(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
