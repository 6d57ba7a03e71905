import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';

/**
 * argv of the container's OCI runtime up to before its command. `runc`, Docker's default, is rundlet
 * itself; another is a path.
 */
export async function runtimeCommand(
  { host, paths }: Engine,
  { id, hostConfig }: Container,
): Promise<string[]> {
  const { Runtime = '' } = hostConfig;
  const program = Runtime.startsWith('/')
    ? Runtime
    : (await host.call('ownPrograms', null)).rundlet;
  const log = `${containerPaths(paths, id).bundle}/log.json`;
  return [program, '--root', paths.runtimeRoot, '--log', log, '--log-format', 'json'];
}
