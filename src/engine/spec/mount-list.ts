import type { Container, ContainerFile, MountPoint, MountSpec } from '../containers/record.ts';
import { containerPaths, type EnginePaths } from '../engine-paths.ts';

/** A bind mount of the container's config. */
export interface BindMount {
  kind: 'bind';
  source: string;
  destination: string;
  writable: boolean;
  /** Empty for none of its own. */
  propagation: string;
  nonRecursive?: boolean;
}

export interface TmpfsMount {
  kind: 'tmpfs';
  destination: string;
  /** As `--tmpfs` takes them. */
  options: string;
}

export type ContainerMount = BindMount | TmpfsMount;

/**
 * What is mounted over the default mounts, in moby's order: by depth of the destination, then volumes and
 * binds, the three files of /etc, /dev/shm, tmpfs. Pure.
 * @param shm host directory of a /dev/shm that is shared: mounts/shm of a container, or the host's own.
 */
export function containerMounts(
  { id, config, hostConfig }: Container,
  paths: EnginePaths,
  shm?: string,
): ContainerMount[] {
  const points = Object.values(config.MountPoints);
  const tmpfs: TmpfsMount[] = [
    ...Object.entries(hostConfig.Tmpfs ?? {}).map(([destination, options]) => ({
      kind: 'tmpfs' as const,
      destination,
      options,
    })),
    ...points
      .filter((point) => point.Type === 'tmpfs')
      .map((point) => ({
        kind: 'tmpfs' as const,
        destination: point.Destination,
        options: tmpfsText(point.Spec),
      })),
  ];
  const hidden = new Set(tmpfs.map(({ destination }) => destination));
  const binds = points
    .filter((point) => point.Type !== 'tmpfs' && !hidden.has(point.Destination))
    .sort((left, right) => (left.Destination < right.Destination ? -1 : 1))
    .map((point) => bindOf(point, paths));
  const own = etcMounts(id, config, hostConfig.ReadonlyRootfs, paths);
  const shared: BindMount[] =
    shm !== undefined && !Object.hasOwn(config.MountPoints, '/dev/shm')
      ? [
          {
            kind: 'bind',
            source: shm,
            destination: '/dev/shm',
            writable: true,
            propagation: 'rprivate',
          },
        ]
      : [];
  return [...binds, ...own, ...shared, ...tmpfs].sort(
    (left, right) => depth(left.destination) - depth(right.destination),
  );
}

function bindOf(point: MountPoint, paths: EnginePaths): BindMount {
  return {
    kind: 'bind',
    source: mountSource(point, paths),
    destination: point.Destination,
    writable: point.RW,
    propagation: point.Propagation ?? '',
    ...(point.Spec?.BindOptions?.NonRecursive && { nonRecursive: true }),
  };
}

/** Where a volume or bind lies on the host. */
export function mountSource({ Type, Name, Source }: MountPoint, paths: EnginePaths): string {
  return Type === 'volume' ? `${paths.volumes}/${Name}/_data` : Source;
}

/** resolv.conf, hostname and hosts, its own or those of the container whose network it shares, where the user has no mount of his own. */
function etcMounts(
  id: string,
  { MountPoints, ResolvConfPath, HostnamePath, HostsPath }: ContainerFile,
  readonly: boolean,
  paths: EnginePaths,
): BindMount[] {
  const { resolvConf, hostname, hosts } = containerPaths(paths, id);
  const files = [
    ['/etc/resolv.conf', ResolvConfPath || resolvConf],
    ['/etc/hostname', HostnamePath || hostname],
    ['/etc/hosts', HostsPath || hosts],
  ] as const;
  return files
    .filter(([destination]) => !Object.hasOwn(MountPoints, destination))
    .map(([destination, source]) => ({
      kind: 'bind',
      source,
      destination,
      writable: !readonly,
      propagation: 'rprivate',
    }));
}

/** `--mount type=tmpfs` as the option text of `--tmpfs`. */
function tmpfsText({ ReadOnly, TmpfsOptions }: MountSpec = {}): string {
  const { Mode = 0, SizeBytes = 0 } = TmpfsOptions ?? {};
  return [
    ...(ReadOnly ? ['ro'] : []),
    ...(Mode !== 0 ? [`mode=${Mode.toString(8)}`] : []),
    ...(SizeBytes !== 0 ? [`size=${sizeText(SizeBytes)}`] : []),
  ].join(',');
}

function sizeText(bytes: number): string {
  const units = [
    ['g', 2 ** 30],
    ['m', 2 ** 20],
    ['k', 2 ** 10],
  ] as const;
  const [suffix, divisor] = units.find(([, divisor]) => bytes % divisor === 0) ?? ['', 1];
  return `${bytes / divisor}${suffix}`;
}

function depth(path: string): number {
  return path.split('/').filter(Boolean).length;
}
