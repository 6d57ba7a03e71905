import type { DeviceNode } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import { failureReason, isHostError } from '../../host/host-error.ts';
import { capabilityNames } from '../../spec/capability-names.ts';
import type { Container, HostConfig } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { maskedCapabilities } from './capabilities.ts';
import type { SpecFacts } from './container-spec.ts';
import type { HostDevices } from './devices.ts';
import { resolveUser } from './users.ts';

/** A passwd file of a directory service may be large. */
const maxUserFile = 4 * 1024 * 1024;

/** Reads what containerSpec needs; `rootfs` is mounted. */
export async function readSpecFacts(
  { host }: Engine,
  { config, hostConfig }: Container,
  rootfs: string,
): Promise<SpecFacts> {
  const { kernel, lastCap, apparmor, selinux } = await host.call('facts', null);
  const text = async (path: string) =>
    (await host.call('readInRoot', { root: rootfs, path, max: maxUserFile })).text;
  const files = { passwd: await text('/etc/passwd'), group: await text('/etc/group') };
  return {
    kernel,
    arch: 'amd64',
    capabilities: await possibleCapabilities(host, lastCap),
    apparmor,
    selinux,
    user: resolveUser(config.Config.User, hostConfig.GroupAdd ?? [], files),
    devices: await hostDevices(host, hostConfig),
    blockDevices: await blockDevices(host, hostConfig),
  };
}

/** What this process does not have in its own bounding set it cannot give. */
async function possibleCapabilities(host: Host, lastCap: number): Promise<string[]> {
  const status = await host.call('readText', { path: '/proc/self/status', max: 1 << 16 });
  const [, mask] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  const known = capabilityNames().slice(0, lastCap + 1);
  if (mask === undefined) return known;
  const bounding = maskedCapabilities(mask);
  return known.filter((name) => bounding.includes(name));
}

async function hostDevices(host: Host, { Privileged, Devices }: HostConfig): Promise<HostDevices> {
  const mapped: Record<string, DeviceNode[]> = {};
  for (const { PathOnHost } of Devices ?? []) {
    const nodes = await nodesOf(host, PathOnHost);
    if (nodes.length === 0) throw noDevice(PathOnHost, 'not a device node');
    mapped[PathOnHost] = nodes;
  }
  return { all: Privileged ? await nodesOf(host, '/dev') : [], mapped };
}

async function blockDevices(host: Host, config: HostConfig): Promise<Record<string, DeviceNode>> {
  const lists = [
    config.BlkioWeightDevice,
    config.BlkioDeviceReadBps,
    config.BlkioDeviceWriteBps,
    config.BlkioDeviceReadIOps,
    config.BlkioDeviceWriteIOps,
  ];
  const found: Record<string, DeviceNode> = {};
  for (const { Path } of lists.flatMap((list): { Path: string }[] => list ?? [])) {
    const [node] = await nodesOf(host, Path);
    if (node) found[Path] = node;
  }
  return found;
}

async function nodesOf(host: Host, path: string): Promise<DeviceNode[]> {
  try {
    return (await host.call('deviceNodes', { path })).nodes;
  } catch (error) {
    if (isHostError(error)) throw noDevice(path, failureReason(error.failure));
    throw error;
  }
}

function noDevice(path: string, reason: string) {
  return invalidParameter(
    `error gathering device information while adding custom device "${path}": ${reason}`,
  );
}
