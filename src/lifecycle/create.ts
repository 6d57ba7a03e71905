import { containerDirectory } from '../state/store.ts';
import { launchContainer } from './launch-container.ts';
import type { CreateOptions, RuntimeContext } from './types.ts';

/**
 * Creates a container: its process is made, with everything around it, and waits at `exec.fifo` in
 * the state directory until `start`. It then lives without us. Returns its pid.
 */
export async function create(
  context: RuntimeContext,
  options: CreateOptions,
): Promise<{ pid: number }> {
  const gate = { fifo: { dir: containerDirectory(context.root, options.id) } };
  return launchContainer(context, { ...options, detach: true }, gate, async ({ event }) => {
    await context.host.call('launchRelease', { handle: event.handle });
    return { pid: event.pid };
  });
}
