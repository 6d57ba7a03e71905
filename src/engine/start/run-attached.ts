import type { ShimAttached, ShimDetached } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import {
  type AttachOptions,
  type AttachStreams,
  openAttach,
  runAttach,
} from '../life/attach-container.ts';
import { awaitSettled } from '../life/with-settled.ts';
import { startContainer } from './start-container.ts';

/**
 * Starts a container and attaches to it before its program runs, so that nothing it prints is lost. When
 * it has ended, nothing of its run is left. @returns undefined when it ran already.
 */
export async function runAttached(
  engine: Engine,
  id: string,
  streams: AttachStreams,
  options: AttachOptions,
): Promise<ShimDetached | undefined> {
  let attached: ShimAttached | undefined;
  const { started } = await startContainer(engine, id, {
    beforeGo: async () => {
      attached = await openAttach(engine, id, streams);
    },
  });
  if (!started || attached === undefined) return undefined;
  const detached = await runAttach(engine, attached, options, false);
  if (detached.kind === 'ended') await awaitSettled(engine, id);
  return detached;
}
