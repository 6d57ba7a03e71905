import type { Engine } from '../engine/context.ts';
import { parseReference, withDefaultTag } from '../engine/images/reference.ts';
import { type PulledImage, pullImage } from '../engine/registry/pull-image.ts';
import type { LayerProgress } from '../engine/registry/pull-layers.ts';
import { abortError, throwIfAborted } from '../lifecycle/abort.ts';
import type { Abortable } from '../runtime/options.ts';

/** Milliseconds between two reports of bytes. */
const pace = 100;

export interface RegistryOptions {
  /** Registries that may be asked without TLS, or with any certificate: `host[:port]` or a network. */
  insecureRegistries?: readonly string[];
}

export interface PullImageOptions extends RegistryOptions, Abortable {
  /** `os/architecture[/variant]` of an image for several; default this machine's. */
  platform?: string;
  /** Asked before Docker's own registry. */
  mirrors?: readonly string[];
  /** Hears how each layer stands. */
  onProgress?: (layer: LayerProgress) => void;
}

/** Pulls an image; what is under way ends with the signal. @throws ERR_RUNDLET_ABORTED */
export async function pullInto(
  engine: Engine,
  name: string,
  { platform, insecureRegistries, mirrors, onProgress, signal }: PullImageOptions,
): Promise<PulledImage> {
  throwIfAborted({ signal });
  const reference = withDefaultTag(parseReference(name));
  let stop: (() => Promise<void>) | undefined;
  const abort = () => void stop?.();
  signal?.addEventListener('abort', abort);
  try {
    return await pullImage(engine, reference, {
      ...(platform !== undefined && { platform }),
      ...(insecureRegistries && { insecure: insecureRegistries }),
      ...(mirrors && { mirrors }),
      ...(onProgress && { onProgress, pace }),
      onStoppable: (end) => {
        stop = end;
        if (signal?.aborted) abort();
      },
    });
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
