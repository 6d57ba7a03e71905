import { pathExists } from '../../host/path-exists.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { unmountRwLayer } from '../layers/rw-layer.ts';
import { releaseNetwork } from '../network/connect-network.ts';
import { runtimeCommand } from './runtime-command.ts';

/**
 * Gives back what a container had while it ran: network, mounts, fifos, logs of the shim. What is gone
 * already is no error. The bundle, by which one sees that there was something, is the caller's.
 * @param unseen no shim saw the end: the runtime may still have it.
 */
export async function takeDown(
  engine: Engine,
  container: Container,
  unseen: boolean,
): Promise<void> {
  const { host } = engine;
  const { id } = container;
  const places = containerPaths(engine.paths, id);
  // A runtime that was killed in its create or delete has left something, too.
  if (unseen || (await pathExists(host, places.runtimeState))) {
    const [path = '', ...args] = await runtimeCommand(engine, container);
    await host.call('runProgram', {
      path,
      args: [path, ...args, 'delete', '--force', id],
      cwd: '/',
      stdin: '',
      timeout: 60_000,
    });
    await host.call('removeTree', { path: places.runtimeState });
  }
  await releaseNetwork(engine, id);
  await unmountRwLayer(engine, id);
  if (container.config.ShmPath !== '') {
    await host.call('unmount', { path: `${places.mounts}/shm` });
  }
  await host.call('removeTree', { path: places.io });
  await host.call('removeTree', { path: places.shimLogs });
}
