import type { ProcessRef } from '../../host/generated/plan.ts';
import { newId } from '../containers/container-name.ts';
import {
  type Container,
  type EndpointSettings,
  emptyEndpoint,
  type NetworkSettings,
} from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { goMap } from '../docker-json.ts';
import { recordEvent } from '../events/record-event.ts';
import { attachmentOf } from './attachment.ts';
import { networkOf } from './find-network.ts';
import { tellPeers } from './hosts-of-peers.ts';
import {
  type EndpointRecord,
  findEndpoint,
  forgetEndpoint,
  withLeases,
  writeEndpoint,
} from './lease-store.ts';
import { giveBack, leasePorts } from './leases.ts';
import type { Attachment } from './netavark.ts';
import type { Network } from './network.ts';
import { networkHappening } from './network-event.ts';
import { findNetavark, isThere, runNetavark } from './network-programs.ts';
import { listeningPorts, portSettings, publishedPorts } from './ports.ts';

/** What is taken for a container before it is made. */
export interface Reservation extends EndpointRecord {
  /** Path of netavark. */
  program: string;
  sandboxId: string;
}

/** Whether the engine is to give it addresses: in Docker's default network `bridge`, or users' networks. */
export function usesNetworks({ config, hostConfig }: Container): boolean {
  const { NetworkMode } = hostConfig;
  const shares = NetworkMode === 'host' || NetworkMode.startsWith('container:');
  const networks = Object.keys(config.NetworkSettings.Networks ?? {}).filter(isBridged);
  return !shares && networks.length > 0 && !config.Config.NetworkDisabled;
}

/** Not a word for something else. */
function isBridged(name: string): boolean {
  return name !== 'none' && name !== 'host';
}

/**
 * Takes addresses and ports for a container that is about to be made; `connectNetwork` gives them to it,
 * `releaseNetwork` back. Undefined where nobody can set up the network: it starts with loopback only.
 */
export async function reserveNetwork(
  engine: Engine,
  container: Container,
): Promise<Reservation | undefined> {
  const { host } = engine;
  const { id, config, hostConfig } = container;
  const wished = await wishedNetworks(engine, container);
  const { texts } = await host.call('readFiles', {
    paths: ['/proc/net/tcp', '/proc/net/tcp6', '/proc/net/udp', '/proc/net/udp6'],
  });
  const program = await findNetavark(engine);
  if (program === undefined) {
    engine.warn('netavark is not installed: the container has no network but loopback');
    return undefined;
  }
  const tables = texts.map((text) => text ?? '');
  const busy = {
    tcp: listeningPorts(tables.slice(0, 2), 'tcp'),
    udp: listeningPorts(tables.slice(2), 'udp'),
  };
  const exposed = Object.keys(config.Config.ExposedPorts ?? {});
  const ports = publishedPorts(hostConfig.PortBindings, exposed, hostConfig.PublishAllPorts);
  const sandboxId = await newId(host);
  return withLeases(engine, async (held) => {
    let leases = giveBack(held, id);
    const attachments: Attachment[] = [];
    for (const [place, { network, endpoint }] of wished.entries()) {
      const device = `eth${place}`;
      const mac = place === 0 ? config.Config.MacAddress : undefined;
      const taken = attachmentOf(leases, container, { network, endpoint, device, mac });
      leases = taken.leases;
      attachments.push(taken.attachment);
    }
    const withPorts = leasePorts(
      leases,
      id,
      ports,
      (protocol, port) => (protocol === 'tcp' || protocol === 'udp') && busy[protocol].has(port),
    );
    const record: EndpointRecord = {
      name: config.Name.slice(1),
      attachments,
      ports: withPorts.ports,
      netns: `${engine.paths.netns}/${sandboxId.slice(0, 12)}`,
    };
    await writeEndpoint(engine, id, record);
    return { leases: withPorts.leases, result: { ...record, program, sandboxId } };
  });
}

/** The networks of its record, that of its NetworkMode first: it has the default route. */
async function wishedNetworks(
  engine: Engine,
  { config, hostConfig }: Container,
): Promise<{ network: Network; endpoint: EndpointSettings }[]> {
  const entries = Object.entries(config.NetworkSettings.Networks ?? {}).filter(([name]) =>
    isBridged(name),
  );
  const mode = hostConfig.NetworkMode;
  const first = entries.filter(([name]) => name === mode);
  const rest = entries.filter(([name]) => name !== mode);
  const found: { network: Network; endpoint: EndpointSettings }[] = [];
  for (const [name, endpoint] of [...first, ...rest]) {
    const settings = endpoint ?? emptyEndpoint();
    const network = await networkOf(engine, name, settings.NetworkID ?? '');
    found.push({ network, endpoint: settings });
  }
  return found;
}

/** Gives a created container what was reserved for it, and tells it in its record. */
export async function connectNetwork(
  engine: Engine,
  container: Container,
  reserved: Reservation,
  process: ProcessRef,
): Promise<void> {
  const { host, paths } = engine;
  const { netns, attachments, ports } = reserved;
  await host.call('makeDirectory', { path: paths.netns, mode: 0o755, parents: true });
  await host.call('pinNamespace', { process, kind: 'net', path: netns });
  await runNetavark(engine, container.id, reserved, 'setup', reserved.program);
  const { config } = container;
  const exposed = Object.keys(config.Config.ExposedPorts ?? {});
  const settings = config.NetworkSettings;
  const before = Object.values(settings.Networks ?? {});
  const networks: [string, EndpointSettings][] = [];
  for (const attachment of attachments) {
    const { name, id } = attachment.network;
    // A network may have been named by its id.
    const known =
      settings.Networks?.[name] ??
      settings.Networks?.[id] ??
      (attachments.length === 1 ? before[0] : undefined);
    networks.push([name, await connectedEndpoint(engine, container, attachment, known)]);
  }
  config.NetworkSettings = {
    ...settings,
    SandboxID: reserved.sandboxId,
    SandboxKey: netns,
    Ports: goMap(Object.entries(portSettings(ports, exposed))),
    Networks: goMap(networks),
  };
  await tellPeers(engine, attachments, container.id);
  for (const { network } of attachments) {
    await recordEvent(engine, networkHappening(network, 'connect', container.id));
  }
}

/** The record of what a container has in one network. */
export async function connectedEndpoint(
  { host }: Engine,
  { id }: Container,
  { network, address, address6, mac }: Attachment,
  before: EndpointSettings = emptyEndpoint(),
): Promise<EndpointSettings> {
  const short = id.slice(0, 12);
  const aliases = before.Aliases ?? [];
  return {
    ...emptyEndpoint(),
    ...before,
    ...(network.name !== 'bridge' && {
      Aliases: aliases.includes(short) ? aliases : [...aliases, short],
    }),
    NetworkID: network.id,
    EndpointID: await newId(host),
    Gateway: network.internal ? '' : network.gateway,
    IPAddress: address,
    IPPrefixLen: prefixOf(network.subnet),
    ...(address6 !== undefined && {
      IPv6Gateway: network.gateway6 ?? '',
      GlobalIPv6Address: address6,
      GlobalIPv6PrefixLen: prefixOf(network.subnet6 ?? ''),
    }),
    MacAddress: mac,
  };
}

function prefixOf(subnet: string): number {
  return Number(subnet.split('/')[1] ?? 0);
}

/** Takes everything back that a container has of networks; what it has not is no error. */
export async function releaseNetwork(engine: Engine, id: string): Promise<void> {
  const record = await findEndpoint(engine, id);
  if (record === undefined) return;
  const program = await findNetavark(engine);
  if (program !== undefined && (await isThere(engine, record.netns))) {
    try {
      await runNetavark(engine, id, record, 'teardown', program);
    } catch (error) {
      engine.warn((error as Error).message);
    }
  }
  await engine.host.call('unpin', { path: record.netns });
  await withLeases(engine, async (leases) => ({ leases: giveBack(leases, id), result: undefined }));
  await forgetEndpoint(engine, id);
  await tellPeers(engine, record.attachments, id);
  for (const { network } of record.attachments) {
    await recordEvent(engine, networkHappening(network, 'disconnect', id));
  }
}

/** NetworkSettings after the end: what belonged to that run is emptied, as Docker does. */
export function disconnected(settings: NetworkSettings): NetworkSettings {
  const Networks = Object.entries(settings.Networks ?? {}).map(([name, endpoint]) => {
    const { IPAMConfig, Links, Aliases, DriverOpts, NetworkID } = endpoint;
    return [
      name,
      { ...emptyEndpoint(), IPAMConfig, Links, Aliases, DriverOpts, NetworkID },
    ] as const;
  });
  return { ...settings, Ports: null, Networks: settings.Networks && goMap(Networks) };
}
