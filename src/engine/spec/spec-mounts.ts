import type { BindMount, ContainerMount } from './mount-list.ts';
import { tmpfsOptions } from './tmpfs-options.ts';

/** An entry of `mounts`. */
export interface SpecMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

const common = ['nosuid', 'noexec', 'nodev'];

/** The file systems that each container has, in moby's order. */
function defaultMounts(): SpecMount[] {
  const mount = (destination: string, type: string, options: string[], source = type) => ({
    destination,
    type,
    source,
    options,
  });
  return [
    mount('/proc', 'proc', [...common]),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      'gid=5',
    ]),
    mount('/sys', 'sysfs', [...common, 'ro']),
    mount('/sys/fs/cgroup', 'cgroup', ['ro', ...common]),
    mount('/dev/mqueue', 'mqueue', [...common]),
    mount('/dev/shm', 'tmpfs', [...common, 'mode=1777'], 'shm'),
  ];
}

export interface MountSituation {
  readonly: boolean;
  privileged: boolean;
  /** Bytes of a /dev/shm of the container's own. */
  shmSize: number;
  /** `--ipc none`: no /dev/shm. */
  noShm: boolean;
  /** Host path of the program that `--init` runs. */
  init?: string;
}

/** Where the init program stands inside. */
export const initPath = '/sbin/docker-init';

/** `mounts`: the default ones that no mount of the user's replaces, init, then the container's. */
export function specMounts(own: readonly ContainerMount[], situation: MountSituation): SpecMount[] {
  const users = new Set(own.map(({ destination }) => destination));
  const isKept = ({ destination }: SpecMount) =>
    !users.has(destination) &&
    !(users.has('/dev') && destination.startsWith('/dev/')) &&
    !(situation.noShm && destination === '/dev/shm');
  const defaults = [
    ...defaultMounts().filter(isKept),
    ...(situation.init === undefined
      ? []
      : [{ destination: initPath, type: 'bind', source: situation.init, options: ['bind', 'ro'] }]),
  ];
  for (const mount of defaults) adjust(mount, situation);
  return [...defaults, ...own.map(specMount)];
}

/** Where a read-only root still has file systems of its own that are written to. */
const staysWritable: ReadonlySet<string> = new Set([
  '/proc',
  '/dev/pts',
  '/dev/shm',
  '/dev/mqueue',
  '/dev',
]);

function adjust(mount: SpecMount, { shmSize, readonly, privileged }: MountSituation): void {
  if (mount.destination === '/dev/shm') mount.options.push(`size=${shmSize}`);
  if (readonly && !staysWritable.has(mount.destination) && !mount.options.includes('ro')) {
    mount.options.push('ro');
  }
  if (privileged && (mount.destination === '/sys' || mount.type === 'cgroup')) {
    mount.options = mount.options.filter((option) => option !== 'ro');
  }
}

function specMount(mount: ContainerMount): SpecMount {
  const { destination } = mount;
  if (mount.kind === 'tmpfs') {
    return { destination, type: 'tmpfs', source: 'tmpfs', options: tmpfsOptions(mount.options) };
  }
  return { destination, type: 'bind', source: mount.source, options: bindOptions(mount) };
}

function bindOptions({ writable, propagation, nonRecursive }: BindMount): string[] {
  return [
    nonRecursive ? 'bind' : 'rbind',
    ...(writable ? [] : ['ro']),
    ...(propagation ? [propagation] : []),
  ];
}

/** A shared or slave volume needs a root that passes its mounts on. */
export function rootfsPropagation(own: readonly ContainerMount[]): string | undefined {
  const wished = own.map((mount) => (mount.kind === 'bind' ? mount.propagation : ''));
  if (wished.some((word) => word === 'shared' || word === 'rshared')) return 'shared';
  if (wished.some((word) => word === 'slave' || word === 'rslave')) return 'rslave';
  return undefined;
}
