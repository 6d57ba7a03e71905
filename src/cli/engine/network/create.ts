import { createNetwork } from '../../../engine/network/create-network.ts';
import { print } from '../../print.ts';
import type { CommandTable } from '../../table/types.ts';
import { splitPair } from '../container/request/flag-reader.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { readLabels } from '../label-flag.ts';

const table = {
  name: 'network create',
  summary: 'create a network',
  usage: '[OPTIONS] NETWORK',
  examples: [
    {
      does: 'Addresses of one’s own choice:',
      line: 'rundlet network create --subnet 10.9.0.0/24 net',
    },
  ],
  args: { min: 1, max: 1 },
  flags: {
    attachable: { type: 'boolean', summary: 'Shown by inspect; every container may connect' },
    driver: {
      type: 'string',
      alias: 'd',
      default: 'bridge',
      summary: "Driver to manage the network; there is 'bridge'",
    },
    gateway: { type: 'string', repeatable: true, summary: 'Gateway of the subnet' },
    internal: { type: 'boolean', summary: 'Restrict external access to the network' },
    'ip-range': {
      type: 'string',
      repeatable: true,
      summary: 'Allocate container addresses from a part of the subnet',
    },
    ipv6: { type: 'boolean', summary: 'Enable IPv6 networking' },
    label: { type: 'string', repeatable: true, summary: 'Label of the network' },
    opt: {
      type: 'string',
      alias: 'o',
      value: 'map',
      repeatable: true,
      summary: 'Option of the driver: com.docker.network.bridge.name',
    },
    subnet: { type: 'string', repeatable: true, summary: 'Subnet in CIDR form' },
  },
} as const satisfies CommandTable;

export const create = defineEngineCommand(table, async ({ engine, host }, flags, [name = '']) => {
  const network = await fromDaemon(
    createNetwork(engine, {
      name,
      driver: flags.driver,
      subnets: flags.subnet,
      gateways: flags.gateway,
      ranges: flags['ip-range'],
      ipv6: flags.ipv6,
      internal: flags.internal,
      attachable: flags.attachable,
      options: Object.fromEntries(flags.opt.map((pair) => splitPair(pair))),
      labels: readLabels(table, flags.label),
    }),
  );
  await print(host, `${network.id}\n`);
  return 0;
});
