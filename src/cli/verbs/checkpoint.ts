import { RundletError } from '../../errors/rundlet-error.ts';
import { loadContainer } from '../../lifecycle/load-container.ts';
import { defineCommand } from '../command.ts';
import { checkCriuFlags, unsupported } from '../criu.ts';
import { usage } from '../scan-flags.ts';
import { checkpointTable } from '../table/checkpoint.ts';

export const checkpoint = defineCommand(checkpointTable, async ({ runtime }, flags, [id = '']) => {
  const { status } = await loadContainer(runtime, id);
  if (status === 'created' || status === 'stopped') {
    const message = `Container cannot be checkpointed in ${status} state`;
    throw new RundletError('ERR_RUNDLET_WRONG_STATUS', message);
  }
  checkCriuFlags(flags);
  if (flags['parent-path']?.startsWith('/')) throw usage('--parent-path must be relative');
  const server = flags['page-server'];
  if (server && !/^.+:\d+$/.test(server)) {
    throw usage('Use --page-server ADDRESS:PORT to specify page server');
  }
  throw unsupported('checkpoint');
});
