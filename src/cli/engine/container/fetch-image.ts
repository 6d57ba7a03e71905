import type { CreateRequest } from '../../../engine/create/create-request.ts';
import {
  familiarString,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../../engine/images/reference.ts';
import { pullImage } from '../../../engine/registry/pull-image.ts';
import { printError } from '../../print.ts';
import type { EngineContext } from '../engine-command.ts';
import { printPull } from '../image/print-pull.ts';

/**
 * Fetches the image of a request, as `container run` does it: what is said goes to standard error.
 * @param error of the request without it, for what is no name that a registry could know.
 */
export async function fetchImage(
  context: Pick<EngineContext, 'engine' | 'host'>,
  { config, platform }: CreateRequest,
  { missing, quiet, error }: { missing: boolean; quiet: boolean; error: unknown },
): Promise<void> {
  const reference = nameOf(config.Image, error);
  if (missing && !quiet) {
    const line = `Unable to find image '${familiarString(reference)}' locally\n`;
    await printError(context.host, line);
  }
  if (quiet) await pullImage(context.engine, reference, { platform });
  else await printPull(context, reference, { platform, fd: 2 });
}

function nameOf(image: string, error: unknown): Reference {
  try {
    return withDefaultTag(parseReference(image));
  } catch (cause) {
    throw error ?? cause;
  }
}
