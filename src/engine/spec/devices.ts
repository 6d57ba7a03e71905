import type { DeviceNode } from '../../host/generated/plan.ts';
import type { DeviceMapping, HostConfig } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';

/** An entry of `linux.devices`. */
export interface SpecDevice {
  path: string;
  type: string;
  major: number;
  minor: number;
  fileMode: number;
  uid: number;
  gid: number;
}

/** An entry of `linux.resources.devices`; -1 is any. */
export interface DeviceRule {
  allow: boolean;
  type?: string;
  major?: number;
  minor?: number;
  access: string;
}

/** What a container has anyhow: null, zero, full … and ttys; fuse only when it is asked for. */
export const defaultRules: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  ...[
    [1, 5],
    [1, 3],
    [1, 9],
    [1, 8],
    [5, 0],
    [5, 1],
  ].map(([major = 0, minor = 0]) => character(true, major, minor)),
  character(false, 10, 229),
];

function character(allow: boolean, major: number, minor: number): DeviceRule {
  return { allow, type: 'c', major, minor, access: 'rwm' };
}

/** Nodes of the host: all of /dev for a privileged container, and those of each `--device`. */
export interface HostDevices {
  all: readonly DeviceNode[];
  /** By the host path of the mapping; several when it is a directory. */
  mapped: Readonly<Record<string, readonly DeviceNode[]>>;
}

/** The nodes and rules that the host config asks for. */
export function specDevices(
  { Privileged, Devices, DeviceCgroupRules }: HostConfig,
  nodes: HostDevices,
): { devices: SpecDevice[]; rules: DeviceRule[] } {
  const mappings = Devices ?? [];
  if (Privileged) {
    const moved = mappings.filter((mapping) => mapping.PathOnHost !== mapping.PathInContainer);
    return {
      devices: [
        ...nodes.all.map((node) => specDevice(node, node.path)),
        ...moved.flatMap((mapping) => mappedDevices(mapping, nodes)),
      ],
      rules: [{ allow: true, access: 'rwm' }],
    };
  }
  const added = mappings.map((mapping) => ({ mapping, made: mappedDevices(mapping, nodes) }));
  return {
    devices: added.flatMap(({ made }) => made),
    rules: [
      ...defaultRules,
      ...added.flatMap(({ mapping, made }) =>
        made.map(({ type, major, minor }) => ({
          allow: true,
          type,
          major,
          minor,
          access: mapping.CgroupPermissions,
        })),
      ),
      ...(DeviceCgroupRules ?? []).map(parseDeviceRule),
    ],
  };
}

function mappedDevices(mapping: DeviceMapping, nodes: HostDevices): SpecDevice[] {
  const { PathOnHost, PathInContainer } = mapping;
  return (nodes.mapped[PathOnHost] ?? []).map((node) => {
    const below = node.path.startsWith(`${PathOnHost}/`) ? node.path.slice(PathOnHost.length) : '';
    return specDevice(node, PathInContainer + below);
  });
}

function specDevice({ kind, major, minor, mode, uid, gid }: DeviceNode, path: string): SpecDevice {
  return { path, type: kind, major, minor, fileMode: mode, uid, gid };
}

const rulePattern = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/;

/** `c 42:* rmw`, in Docker's words when it is none. */
export function parseDeviceRule(text: string): DeviceRule {
  const [, type, major, minor, access] = rulePattern.exec(text) ?? [];
  if (!type || !access) throw invalidParameter(`invalid device cgroup rule format: '${text}'`);
  const number = (word = '*') => (word === '*' ? -1 : Number(word));
  return { allow: true, type, major: number(major), minor: number(minor), access };
}
