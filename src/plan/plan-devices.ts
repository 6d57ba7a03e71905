import type { Device, NodeKind } from '../host/generated/plan.ts';
import { containerPath } from '../spec/clean-path.ts';
import type { Linux, LinuxDevice, LinuxIDMapping } from '../spec/generated/config.ts';
import { defaultDevices } from './default-devices.ts';
import { addPrepare, addStep, type Draft, isRootless, openSource } from './draft.ts';
import { hasNamespace, makesNamespace, type NamespaceSet } from './namespace-set.ts';

/** Nodes and links of /dev; not for a /dev that is the host's own. */
export function planDevices(draft: Draft, linux: Linux, namespaces: NamespaceSet): void {
  // mknod of devices is refused in every user namespace but the first
  const bind = draft.facts.inUserNamespace || hasNamespace(namespaces, 'user');
  const owners = makesNamespace(namespaces, 'user') && !isRootless(draft.facts) ? linux : undefined;
  for (const { from, device } of wantedDevices(linux.devices ?? [])) {
    if (bind) bindDevice(draft, from, device, owners);
    else addStep(draft, from, { device });
  }
  addLinks(draft);
}

interface WantedDevice {
  from: string;
  device: Device;
}

/** Those of config.json take the place of defaults at the same path. */
function wantedDevices(devices: readonly LinuxDevice[]): WantedDevice[] {
  const asked = devices.map((device, index) => ({
    from: `/linux/devices/${index}`,
    device: toDevice(device),
  }));
  const paths = new Set(asked.map(({ device }) => device.path));
  const defaults = defaultDevices.filter(({ path }) => !paths.has(path)).map(toDefault);
  // /dev/ptmx is a link into the container's own devpts, whatever config.json says
  return [...defaults, ...asked].filter(({ device }) => device.path !== '/dev/ptmx');
}

function toDefault({
  path,
  major,
  minor,
}: {
  path: string;
  major: number;
  minor: number;
}): WantedDevice {
  return { from: '', device: { path, kind: 'char', major, minor, mode: 0o666, uid: 0, gid: 0 } };
}

function toDevice(device: LinuxDevice): Device {
  return {
    path: containerPath(device.path),
    kind: nodeKind(device.type),
    major: Number(device.major ?? 0),
    minor: Number(device.minor ?? 0),
    // engines copy st_mode, file type included
    mode: (device.fileMode ?? 0o666) & 0o7777,
    uid: device.uid ?? 0,
    gid: device.gid ?? 0,
  };
}

function nodeKind(type: LinuxDevice['type']): NodeKind {
  if (type === 'b') return 'block';
  return type === 'p' ? 'fifo' : 'char';
}

/** `owners`: the maps, where the runtime can make nodes itself; otherwise the host's are taken. */
function bindDevice(draft: Draft, from: string, device: Device, owners: Linux | undefined): void {
  const { path } = device;
  if (owners) {
    const slot = draft.slots++;
    addPrepare(draft, from, { openDevice: { slot, device: mappedDevice(device, owners) } });
    addStep(draft, from, { deviceBind: { path, slot } });
    return;
  }
  const slot = openSource(draft, from, {
    path,
    recursive: false,
    nofollow: false,
    copySymlink: false,
  });
  addStep(draft, from, { deviceBind: { path, slot } });
}

function addLinks(draft: Draft): void {
  // an image's own /dev/ptmx would open the host's devpts
  addStep(draft, '', { symlink: { path: '/dev/ptmx', target: 'pts/ptmx', replace: true } });
  const links: [string, string][] = [
    ['/dev/fd', '/proc/self/fd'],
    ['/dev/stdin', '/proc/self/fd/0'],
    ['/dev/stdout', '/proc/self/fd/1'],
    ['/dev/stderr', '/proc/self/fd/2'],
    ['/dev/core', '/proc/kcore'],
  ];
  for (const [path, target] of links)
    addStep(draft, '', { symlink: { path, target, replace: false } });
}

function mappedDevice(device: Device, { uidMappings, gidMappings }: Linux): Device {
  const uid = hostId(device.uid, uidMappings);
  return { ...device, uid, gid: hostId(device.gid, gidMappings) };
}

/** An owner without a place in the maps is shown as nobody: the host's root is one. */
function hostId(id: number, maps: readonly LinuxIDMapping[] = []): number {
  const map = maps.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return map ? map.hostID + id - map.containerID : 0;
}
