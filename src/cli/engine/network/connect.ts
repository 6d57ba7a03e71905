import { findContainer } from '../../../engine/containers/store.ts';
import { joinNetwork } from '../../../engine/network/join-network.ts';
import { splitPair } from '../container/request/flag-reader.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const connect = defineEngineCommand(
  {
    name: 'network connect',
    summary: 'connect a container to a network',
    usage: '[OPTIONS] NETWORK CONTAINER',
    examples: [
      { does: 'As db for its neighbours:', line: 'rundlet network connect --alias db net box' },
    ],
    args: { min: 2, max: 2 },
    flags: {
      alias: {
        type: 'string',
        repeatable: true,
        summary: 'Another name of the container in this network',
      },
      'driver-opt': { type: 'string', repeatable: true, summary: 'Option of the driver' },
      ip: { type: 'string', summary: 'IPv4 address (e.g., 172.30.100.104)' },
      ip6: { type: 'string', summary: 'IPv6 address (e.g., 2001:db8::33)' },
      link: { type: 'string', repeatable: true, summary: 'Link to another container' },
      'link-local-ip': { type: 'string', repeatable: true, summary: 'Link-local address' },
    },
  },
  async ({ engine }, flags, [network = '', container = '']) => {
    const { ip, ip6, alias, link, 'link-local-ip': linkLocal, 'driver-opt': options } = flags;
    const ipam = {
      ...(ip && { IPv4Address: ip }),
      ...(ip6 && { IPv6Address: ip6 }),
      ...(linkLocal.length > 0 && { LinkLocalIPs: linkLocal }),
    };
    const wish = {
      IPAMConfig: Object.keys(ipam).length > 0 ? ipam : null,
      Links: link.length > 0 ? link : null,
      Aliases: alias.length > 0 ? alias : null,
      DriverOpts:
        options.length > 0 ? Object.fromEntries(options.map((pair) => splitPair(pair))) : null,
    };
    const id = await fromDaemon(findContainer(engine, container));
    await fromDaemon(joinNetwork(engine, network, id, wish));
    return 0;
  },
);
