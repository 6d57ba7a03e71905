import { RundletError } from '../../errors/rundlet-error.ts';
import type { Host } from '../../host/host.ts';
import { isHostError } from '../../host/host-error.ts';
import { defaultSpec } from '../../spec/default-spec.ts';
import { defineCommand } from '../command.ts';
import { absolutePath } from '../paths.ts';
import { specTable } from '../table/spec.ts';

export const spec = defineCommand(specTable, async ({ host }, flags) => {
  const path = `${absolutePath(host, flags.bundle || '.')}/config.json`;
  await refuseExisting(host, path);
  const { euid, egid, cgroup } = await host.call('facts', null);
  const config = defaultSpec({
    cgroupNamespace: cgroup.version === 'v2',
    ...(flags.rootless && { rootless: { uid: euid, gid: egid } }),
  });
  await host.call('writeRecord', {
    path,
    text: JSON.stringify(config, undefined, '\t'),
    mode: 0o644,
    durable: false,
  });
  return 0;
});

async function refuseExisting(host: Host, path: string): Promise<void> {
  try {
    await host.call('stat', { path, follow: false });
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return;
    throw error;
  }
  throw new RundletError('ERR_RUNDLET_USAGE', 'File config.json exists. Remove it first');
}
