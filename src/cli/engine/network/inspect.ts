import { inspectNetwork, lookUpNetwork } from '../../../engine/network/inspect-network.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { inspectAll } from '../inspect-all.ts';

export const inspect = defineEngineCommand(
  {
    name: 'network inspect',
    summary: 'display detailed information on networks',
    usage: '[OPTIONS] NETWORK [NETWORK...]',
    examples: [
      {
        does: 'Its addresses:',
        line: "rundlet network inspect -f '{{(index .IPAM.Config 0).Subnet}}' net",
      },
    ],
    args: { min: 1 },
    flags: {
      format: { type: 'string', alias: 'f', summary: 'Format the output using a Go template' },
      verbose: { type: 'boolean', alias: 'v', hidden: true, summary: 'For clusters' },
    },
  },
  ({ engine, host }, { format }, names) =>
    inspectAll(host, names, format, async (name) =>
      inspectNetwork(engine, await lookUpNetwork(engine, name)),
    ),
);
