import { RundletError } from '../../errors/rundlet-error.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { type EndpointRecord, networkDirectory, withFirewall } from './lease-store.ts';
import { netavarkError, netavarkInput } from './netavark.ts';

const directories = [
  '/usr/lib/podman',
  '/usr/libexec/podman',
  '/usr/local/libexec/podman',
  '/usr/local/lib/podman',
  '/usr/bin',
];

/** Path of netavark; undefined where it is not installed. */
export function findNetavark(engine: Engine): Promise<string | undefined> {
  return find(engine, 'netavark');
}

/** Path of aardvark-dns, which resolves names in users' networks. */
export function findAardvark(engine: Engine): Promise<string | undefined> {
  return find(engine, 'aardvark-dns');
}

async function find(engine: Engine, name: string): Promise<string | undefined> {
  for (const directory of directories) {
    if (await isThere(engine, `${directory}/${name}`)) return `${directory}/${name}`;
  }
  return undefined;
}

/** Runs netavark, alone. @throws what it says. */
export async function runNetavark(
  engine: Engine,
  id: string,
  { name, attachments, ports, netns }: EndpointRecord,
  command: 'setup' | 'teardown',
  program: string,
): Promise<void> {
  const users = attachments.some(({ network }) => network.name !== 'bridge');
  const aardvark = users ? await findAardvark(engine) : undefined;
  const dns = aardvark !== undefined;
  const config = ['--config', networkDirectory(engine)];
  const options = dns ? [...config, '--aardvark-binary', aardvark] : [];
  const input = netavarkInput({ container: { id, name }, attachments, ports, dns });
  const { status, stdout, stderr } = await withFirewall(engine, async () =>
    engine.host.call('runProgram', {
      path: program,
      args: ['netavark', ...options, command, netns],
      cwd: '/',
      stdin: dockerJson(input),
      timeout: 60_000,
    }),
  );
  if (status.kind === 'exited' && status.value === 0) return;
  throw new RundletError(
    'ERR_RUNDLET_SYSTEM',
    `failed to ${command === 'setup' ? 'set up' : 'take down'} the network of container ${id}: ${netavarkError(stdout, stderr)}`,
  );
}

export async function isThere({ host }: Engine, path: string): Promise<boolean> {
  try {
    await host.call('stat', { path, follow: true });
    return true;
  } catch {
    return false;
  }
}
