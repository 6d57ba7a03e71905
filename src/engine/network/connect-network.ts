import { RundletError } from '../../errors/rundlet-error.ts';
import type { ProcessRef } from '../../host/generated/plan.ts';
import { newId } from '../containers/container-name.ts';
import {
  type Container,
  type EndpointSettings,
  emptyEndpoint,
  type NetworkSettings,
} from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { dockerJson, goMap } from '../docker-json.ts';
import { bridgeNetwork } from './bridge-network.ts';
import { macOf } from './ipv4.ts';
import {
  type EndpointRecord,
  findEndpoint,
  forgetEndpoint,
  withFirewall,
  withLeases,
  writeEndpoint,
} from './lease-store.ts';
import { giveBack, leaseAddress, leasePorts } from './leases.ts';
import { netavarkError, netavarkInput } from './netavark.ts';
import { listeningPorts, portSettings, publishedPorts } from './ports.ts';

/** What is taken for a container before it is made. */
export interface Reservation extends EndpointRecord {
  /** Path of netavark. */
  program: string;
  sandboxId: string;
}

const programs = [
  '/usr/lib/podman/netavark',
  '/usr/libexec/podman/netavark',
  '/usr/local/libexec/podman/netavark',
  '/usr/local/lib/podman/netavark',
  '/usr/bin/netavark',
];

/** Whether the engine is to give it an address: Docker's default network, `bridge`. */
export function usesBridge({ config, hostConfig }: Container): boolean {
  const { NetworkMode } = hostConfig;
  return (
    (NetworkMode === 'default' || NetworkMode === 'bridge' || NetworkMode === '') &&
    !config.Config.NetworkDisabled
  );
}

/**
 * Takes an address and ports for a container that is about to be made; `connectNetwork` gives them to it,
 * `releaseNetwork` back. Undefined where nobody can set up the network: it starts with loopback only.
 */
export async function reserveNetwork(
  engine: Engine,
  container: Container,
): Promise<Reservation | undefined> {
  const { host } = engine;
  const { id, config, hostConfig } = container;
  const { texts } = await host.call('readFiles', {
    paths: ['/proc/net/tcp', '/proc/net/tcp6', '/proc/net/udp', '/proc/net/udp6'],
  });
  const program = await findProgram(engine);
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
  const wanted = publishedPorts(hostConfig.PortBindings, exposed, hostConfig.PublishAllPorts);
  const endpoint = endpointOf(config.NetworkSettings);
  const sandboxId = await newId(host);
  return withLeases(engine, async (leases) => {
    const network = await bridgeNetwork(engine);
    const before = giveBack(leases, id);
    const leased = leaseAddress(before, id, network, endpoint.IPAMConfig?.IPv4Address);
    const withPorts = leasePorts(
      leased.leases,
      id,
      wanted,
      (protocol, port) => (protocol === 'tcp' || protocol === 'udp') && busy[protocol].has(port),
    );
    const record: EndpointRecord = {
      name: config.Name.slice(1),
      network,
      endpoint: {
        address: leased.address,
        mac: config.Config.MacAddress || macOf(leased.address),
        ports: withPorts.ports,
      },
      netns: `${engine.paths.netns}/${sandboxId.slice(0, 12)}`,
    };
    await writeEndpoint(engine, id, record);
    return { leases: withPorts.leases, result: { ...record, program, sandboxId } };
  });
}

/** Gives a created container what was reserved for it, and tells it in its record. */
export async function connectNetwork(
  engine: Engine,
  container: Container,
  reserved: Reservation,
  process: ProcessRef,
): Promise<void> {
  const { host, paths } = engine;
  const { netns, network, endpoint } = reserved;
  await host.call('makeDirectory', { path: paths.netns, mode: 0o755, parents: true });
  await host.call('pinNamespace', { process, kind: 'net', path: netns });
  await netavark(engine, container.id, reserved, 'setup', reserved.program);
  const { config } = container;
  const exposed = Object.keys(config.Config.ExposedPorts ?? {});
  const settings = config.NetworkSettings;
  config.NetworkSettings = {
    ...settings,
    SandboxID: reserved.sandboxId,
    SandboxKey: netns,
    Ports: goMap(Object.entries(portSettings(endpoint.ports, exposed))),
    Networks: {
      bridge: {
        ...endpointOf(settings),
        NetworkID: network.id,
        EndpointID: await newId(host),
        Gateway: network.gateway,
        IPAddress: endpoint.address,
        IPPrefixLen: Number(network.subnet.split('/')[1]),
        MacAddress: endpoint.mac,
      },
    },
  };
}

/** Takes everything back that a container has of the network; what it has not is no error. */
export async function releaseNetwork(engine: Engine, id: string): Promise<void> {
  const record = await findEndpoint(engine, id);
  if (record === undefined) return;
  const program = await findProgram(engine);
  if (program !== undefined && (await isThere(engine, record.netns))) {
    try {
      await netavark(engine, id, record, 'teardown', program);
    } catch (error) {
      engine.warn((error as Error).message);
    }
  }
  await engine.host.call('unpin', { path: record.netns });
  await withLeases(engine, async (leases) => ({ leases: giveBack(leases, id), result: undefined }));
  await forgetEndpoint(engine, id);
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

function endpointOf({ Networks }: NetworkSettings): EndpointSettings {
  return Networks?.bridge ?? emptyEndpoint();
}

async function netavark(
  engine: Engine,
  id: string,
  { name, network, endpoint, netns }: EndpointRecord,
  command: 'setup' | 'teardown',
  program: string,
): Promise<void> {
  const { status, stdout, stderr } = await withFirewall(engine, async () =>
    engine.host.call('runProgram', {
      path: program,
      args: ['netavark', command, netns],
      cwd: '/',
      stdin: dockerJson(netavarkInput({ id, name }, network, endpoint)),
      timeout: 60_000,
    }),
  );
  if (status.kind === 'exited' && status.value === 0) return;
  throw new RundletError(
    'ERR_RUNDLET_SYSTEM',
    `failed to ${command === 'setup' ? 'set up' : 'take down'} the network of container ${id}: ${netavarkError(stdout, stderr)}`,
  );
}

async function findProgram(engine: Engine): Promise<string | undefined> {
  for (const path of programs) if (await isThere(engine, path)) return path;
  return undefined;
}

async function isThere({ host }: Engine, path: string): Promise<boolean> {
  try {
    await host.call('stat', { path, follow: true });
    return true;
  } catch {
    return false;
  }
}
