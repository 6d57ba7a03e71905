import { findContainer } from '../../../engine/containers/store.ts';
import { leaveNetwork } from '../../../engine/network/join-network.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const disconnect = defineEngineCommand(
  {
    name: 'network disconnect',
    summary: 'disconnect a container from a network',
    usage: '[OPTIONS] NETWORK CONTAINER',
    examples: [{ does: 'Although it runs:', line: 'rundlet network disconnect net box' }],
    args: { min: 2, max: 2 },
    flags: {
      force: {
        type: 'boolean',
        alias: 'f',
        summary: 'Also from a network that is not there any more',
      },
    },
  },
  async ({ engine }, { force }, [network = '', container = '']) => {
    const id = await fromDaemon(findContainer(engine, container));
    await fromDaemon(leaveNetwork(engine, network, id, { force }));
    return 0;
  },
);
