import type { LinuxNamespace, Mount, Process, Spec } from './generated/config.ts';
import { ociVersion } from './spec-version.ts';

/** What shapes the file that `rundlet spec` writes. */
export interface DefaultSpecOptions {
  /** Make it fit for a user without privileges, whose ids these are. */
  rootless?: { uid: number; gid: number };
  /** Give it a cgroup namespace; runc does on hosts with cgroup v2 alone. */
  cgroupNamespace?: boolean;
}

/** A starter config.json: the one of `runc spec` 1.4, key by key. */
export function defaultSpec(options: DefaultSpecOptions = {}): Spec {
  const { rootless, cgroupNamespace = true } = options;
  const types = ['pid', 'network', 'ipc', 'uts', 'mount'] as LinuxNamespace['type'][];
  if (cgroupNamespace) types.push('cgroup');
  return {
    ociVersion,
    process: defaultProcess(),
    root: { path: 'rootfs', readonly: true },
    hostname: 'rundlet',
    mounts: rootless ? defaultMounts().map(rootlessMount) : defaultMounts(),
    linux: {
      ...(rootless && {
        uidMappings: [{ containerID: 0, hostID: rootless.uid, size: 1 }],
        gidMappings: [{ containerID: 0, hostID: rootless.gid, size: 1 }],
      }),
      ...(!rootless && { resources: { devices: [{ allow: false, access: 'rwm' }] } }),
      namespaces: (rootless ? rootlessTypes(types) : types).map((type) => ({ type })),
      maskedPaths: maskedPaths.slice(),
      readonlyPaths: readonlyPaths.slice(),
    },
  };
}

function defaultProcess(): Process {
  const names = () => ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
  return {
    terminal: true,
    user: { uid: 0, gid: 0 },
    args: ['sh'],
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
    cwd: '/',
    capabilities: { bounding: names(), effective: names(), permitted: names() },
    rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  };
}

function defaultMounts(): Mount[] {
  const kernel = ['nosuid', 'noexec', 'nodev'];
  const shm = [...kernel, 'mode=1777', 'size=65536k'];
  const pts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'];
  const dev = ['nosuid', 'strictatime', 'mode=755', 'size=65536k'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: dev },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: pts },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: shm },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: [...kernel] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...kernel, 'ro'] },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...kernel, 'relatime', 'ro'],
    },
  ];
}

const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
];

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The host's network, as nobody could set up another; and a user namespace. */
function rootlessTypes(types: LinuxNamespace['type'][]): LinuxNamespace['type'][] {
  return [...types.filter((type) => type !== 'network'), 'user'];
}

/** Without the network namespace, sysfs cannot be mounted; and only one id is mapped. */
function rootlessMount(mount: Mount): Mount {
  if (mount.destination === '/sys') {
    const options = ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'];
    return { destination: '/sys', type: 'none', source: '/sys', options };
  }
  if (!mount.options) return mount;
  return { ...mount, options: mount.options.filter((option) => !/^[ug]id=/.test(option)) };
}
