import { type Created, createContainer } from '../../../engine/create/create-container.ts';
import type { CreateRequest } from '../../../engine/create/create-request.ts';
import { isEngineError } from '../../../engine/engine-error.ts';
import type { EngineContext } from '../engine-command.ts';

export interface PullFlags {
  /** `always`, `missing` or `never`; empty as `missing`. */
  pull: string;
  /** Nothing of the pull is said. */
  quiet: boolean;
}

/** Makes a container, whose image is fetched before when it is missing, or always. */
export async function createPulled(
  context: Pick<EngineContext, 'engine' | 'host'>,
  request: CreateRequest,
  { pull, quiet }: PullFlags,
  beforeSeen: (id: string) => Promise<void>,
): Promise<Created> {
  const fetch = async (missing: boolean, error?: unknown) => {
    const { fetchImage } = await import('./fetch-image.ts');
    await fetchImage(context, request, { missing, quiet, error });
  };
  if (pull === 'always') await fetch(false);
  try {
    return await createContainer(context.engine, request, beforeSeen);
  } catch (error) {
    if (pull === 'always' || pull === 'never' || !isMissingImage(error)) throw error;
    await fetch(true, error);
    return createContainer(context.engine, request, beforeSeen);
  }
}

function isMissingImage(error: unknown): boolean {
  return (
    isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT') && error.message.startsWith('No such image')
  );
}
