import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { goMap } from '../docker-json.ts';
import { containerPaths } from '../engine-paths.ts';
import { containerLayers, lowerDirectories } from '../layers/container-layers.ts';
import { containerSize } from './container-size.ts';
import { inspectMounts } from './inspect-mounts.ts';
import type { Container, ContainerState, EndpointSettings, NetworkSettings } from './record.ts';
import { stateWord } from './run-state.ts';

/** What `inspect` prints of a container: Docker's API 1.41, keys in its order. */
export async function inspectContainer(
  engine: Engine,
  container: Container,
  { size = false } = {},
): Promise<object> {
  const { id, config, hostConfig } = container;
  const { own, all } = size ? await containerSize(engine, id) : { own: 0, all: 0 };
  return {
    Id: id,
    Created: config.Created,
    Path: config.Path,
    Args: config.Args,
    State: inspectState(config.State),
    Image: config.Image,
    ResolvConfPath: config.ResolvConfPath,
    HostnamePath: config.HostnamePath,
    HostsPath: config.HostsPath,
    LogPath: config.LogPath,
    Name: config.Name,
    RestartCount: config.RestartCount,
    Driver: config.Driver,
    Platform: config.OS,
    MountLabel: config.MountLabel,
    ProcessLabel: config.ProcessLabel,
    AppArmorProfile: config.AppArmorProfile,
    ExecIDs: await execIds(engine, id),
    HostConfig: hostConfig,
    GraphDriver: await graphDriver(engine, id, config.Driver),
    ...(size && { SizeRw: own, SizeRootFs: all }),
    Mounts: inspectMounts(engine.paths, container),
    Config: config.Config,
    NetworkSettings: inspectNetwork(config.NetworkSettings),
  };
}

function inspectState(state: ContainerState): object {
  const { RemovalInProgress: _, Health, ...rest } = state;
  return { Status: stateWord(state), ...rest, ...(Health && { Health }) };
}

/** Those that run: each has its fifos beside the container's. */
async function execIds({ host, paths }: Engine, id: string): Promise<string[] | null> {
  try {
    const { names } = await host.call('listDirectory', { path: containerPaths(paths, id).io });
    const ids = names.flatMap((name) => /^([0-9a-f]{64})-stdout$/.exec(name)?.[1] ?? []);
    return ids.length > 0 ? ids : null;
  } catch (error) {
    if (isHostError(error)) return null;
    throw error;
  }
}

async function graphDriver(engine: Engine, id: string, name: string): Promise<object> {
  const layers = await containerLayers(engine, id);
  if (layers === undefined) return { Data: null, Name: name };
  const own = `${engine.paths.overlay2}/${layers.mountId}`;
  const Data = {
    LowerDir: lowerDirectories(engine, layers).join(':'),
    MergedDir: `${own}/merged`,
    UpperDir: `${own}/diff`,
    WorkDir: `${own}/work`,
  };
  return { Data, Name: name };
}

/** The fields of one network were once those of the container; Docker still fills them from `bridge`. */
function inspectNetwork(settings: NetworkSettings): object {
  const networks = settings.Networks ?? {};
  const bridge = networks.bridge;
  return {
    Bridge: settings.Bridge,
    SandboxID: settings.SandboxID,
    HairpinMode: settings.HairpinMode,
    LinkLocalIPv6Address: settings.LinkLocalIPv6Address,
    LinkLocalIPv6PrefixLen: settings.LinkLocalIPv6PrefixLen,
    Ports: settings.Ports ?? {},
    SandboxKey: settings.SandboxKey,
    SecondaryIPAddresses: settings.SecondaryIPAddresses,
    SecondaryIPv6Addresses: settings.SecondaryIPv6Addresses,
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
    Networks: goMap(Object.entries(networks).map(([name, value]) => [name, endpoint(value)])),
  };
}

function endpoint({ IPAMOperational: _, ...shown }: EndpointSettings): object {
  return shown;
}
