import { newId } from '../containers/container-name.ts';
import { orderedHostConfig } from '../containers/host-config.ts';
import { type Container, type ContainerConfig, emptyContainer } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import type { Image } from '../images/image.ts';
import { resolveImage } from '../images/resolve-image.ts';
import { securityOptions } from '../spec/security-options.ts';
import { adaptHostConfig, checkLinks } from './adapt-host-config.ts';
import { checkRequest } from './check-config.ts';
import { checkLogOptions } from './check-log-options.ts';
import { checkPlatform } from './check-platform.ts';
import { checkResources } from './check-resources.ts';
import type { CreateRequest } from './create-request.ts';
import { mergeImageConfig } from './merge-image-config.ts';
import { type MountPlan, planMounts } from './mount-points.ts';
import { createdNetworkSettings } from './network-settings.ts';

/** A container as it will be, and what it needs. */
export interface ContainerPlan {
  /** Without its name yet. */
  container: Container;
  image: Image;
  mounts: MountPlan;
  /** Docker's. */
  warnings: string[];
}

/** All of a create that only looks: dockerd's checks, in its words, and both records. Makes nothing. */
export async function planContainer(
  engine: Engine,
  request: CreateRequest,
): Promise<ContainerPlan> {
  checkRequest(request);
  const image = await resolveImage(engine, request.config.Image);
  checkPlatform(image, request.platform);
  const facts = await engine.host.call('facts', null);
  const hostConfig = { ...request.hostConfig };
  const { NetworkMode, PortBindings } = hostConfig;
  const warnings = await checkResources(engine.host, facts, hostConfig);
  if (NetworkMode === 'host' && Object.keys(PortBindings ?? {}).length > 0) {
    warnings.push('Published ports are discarded when using host network mode');
  }
  await adaptHostConfig(engine, facts, hostConfig);
  checkLogOptions(hostConfig.LogConfig);
  await checkLinks(engine, hostConfig.Links);
  const config = mergeImageConfig(request.config, image.config.config ?? {});
  const mounts = await planMounts(engine, hostConfig, config.Volumes);
  const id = await newId(engine.host);
  await setHostname(engine, config, NetworkMode, id);
  const named = request.name !== '';
  const container: Container = {
    id,
    config: {
      ...emptyContainer(id),
      Created: await engine.now(),
      ...program(config),
      Config: config,
      Image: image.id,
      NetworkSettings: createdNetworkSettings(hostConfig.NetworkMode, request.endpoints, named),
      MountPoints: mounts.points,
      ...security(hostConfig.SecurityOpt),
    },
    hostConfig: orderedHostConfig(hostConfig),
  };
  return { container, image, mounts, warnings };
}

/** The host's own in its network, else the beginning of the id. */
async function setHostname(
  { host }: Engine,
  config: ContainerConfig,
  mode: string,
  id: string,
): Promise<void> {
  if (config.Hostname !== '') return;
  config.Hostname =
    mode === 'host'
      ? (await host.call('readText', { path: '/proc/sys/kernel/hostname', max: 256 })).trim()
      : id.slice(0, 12);
}

function program({ Entrypoint, Cmd }: ContainerConfig): { Path: string; Args: string[] } {
  const [Path = '', ...Args] = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  return { Path, Args };
}

function security(options: readonly string[] | null) {
  const { apparmor = '', seccomp = '', noNewPrivileges } = securityOptions(options ?? []);
  return { AppArmorProfile: apparmor, SeccompProfile: seccomp, NoNewPrivileges: noNewPrivileges };
}
