import type { HostFacts } from '../host/generated/plan.ts';

/** What was looked at, and what it means for who runs containers here. */
export interface HostCheck {
  /** `kernel`, `cgroups`, … */
  name: string;
  /** `warning`: something will not work; `error`: no container will start. */
  verdict: 'ok' | 'warning' | 'error';
  /** What was found. */
  found: string;
  /** What to do about it; empty when there is nothing to do. */
  fix: string;
}

/** Small files of the kernel and of /etc by path; undefined where there is none. */
export type HostTexts = Readonly<Record<string, string | undefined>>;

/** What `doctor` reads. */
export const hostFiles = [
  '/proc/self/status',
  '/proc/filesystems',
  '/proc/sys/vm/memfd_noexec',
  '/proc/sys/user/max_user_namespaces',
  '/proc/sys/kernel/unprivileged_userns_clone',
  '/proc/sys/kernel/seccomp/actions_avail',
  '/proc/sys/net/ipv4/ip_forward',
] as const;

/** Pure. @param programs paths of programs that were found, by name. */
export function checkHost(
  facts: HostFacts,
  texts: HostTexts,
  programs: Readonly<Record<string, string | undefined>>,
): HostCheck[] {
  return [
    kernel(facts),
    memfd(texts),
    ...cgroups(facts),
    namespaces(facts),
    userNamespaces(facts, texts),
    seccomp(texts),
    capabilities(facts, texts),
    overlay(texts),
    network(facts, texts, programs),
    idMaps(facts, programs),
  ];
}

const ok = (name: string, found: string): HostCheck => ({ name, verdict: 'ok', found, fix: '' });
const warning = (name: string, found: string, fix: string): HostCheck => ({
  name,
  verdict: 'warning',
  found,
  fix,
});
const error = (name: string, found: string, fix: string): HostCheck => ({
  name,
  verdict: 'error',
  found,
  fix,
});

/** The calls that nothing replaces: CLONE_PIDFD is of 5.2; mounts by descriptor are all there from 5.12 on. */
function kernel({ kernel: release }: HostFacts): HostCheck {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const atLeast = (wantMajor: number, wantMinor: number) =>
    major > wantMajor || (major === wantMajor && minor >= wantMinor);
  if (!atLeast(5, 2)) return error('kernel', release, 'needs Linux 5.2 or newer');
  if (!atLeast(5, 12)) {
    return warning('kernel', release, 'id-mapped mounts need Linux 5.12 or newer');
  }
  return ok('kernel', release);
}

function memfd(texts: HostTexts): HostCheck {
  const level = texts['/proc/sys/vm/memfd_noexec']?.trim();
  if (level !== '2') return ok('memfd', 'may be executed');
  return error(
    'memfd',
    'may not be executed (vm.memfd_noexec=2)',
    'sysctl vm.memfd_noexec=1: init is started from a sealed memfd',
  );
}

const wantedControllers = ['cpu', 'memory', 'pids'];

function cgroups({ cgroup: { version, hierarchies } }: HostFacts): HostCheck[] {
  const controllers = new Set(hierarchies.flatMap((hierarchy) => hierarchy.controllers));
  if (hierarchies.length === 0) {
    return [
      error('cgroups', 'not mounted', 'mount -t cgroup2 cgroup2 /sys/fs/cgroup, or boot systemd'),
    ];
  }
  const found = `${version}, ${[...controllers].sort().join(' ') || 'no controllers'}`;
  const missing = wantedControllers.filter((name) => !controllers.has(name));
  if (missing.length === 0) return [ok('cgroups', found)];
  const fix =
    version === 'v2'
      ? `limits of ${missing.join(', ')} cannot be set: echo "${missing.map((name) => `+${name}`).join(' ')}" > /sys/fs/cgroup/cgroup.subtree_control`
      : `limits of ${missing.join(', ')} cannot be set: mount these controllers, or boot with the unified hierarchy`;
  return [warning('cgroups', found, fix)];
}

const neededNamespaces = ['mount', 'pid', 'network', 'ipc', 'uts'];

function namespaces({ namespaces: found }: HostFacts): HostCheck {
  const missing = neededNamespaces.filter((name) => !found.includes(name));
  const list = [...found].sort().join(' ');
  if (missing.length === 0) return ok('namespaces', list);
  return error('namespaces', list, `the kernel has none of ${missing.join(', ')}`);
}

function userNamespaces({ namespaces: found }: HostFacts, texts: HostTexts): HostCheck {
  const name = 'user namespaces';
  const most = texts['/proc/sys/user/max_user_namespaces']?.trim();
  if (!found.includes('user') || most === undefined) {
    return warning(name, 'none', 'a kernel with CONFIG_USER_NS, for userns and rootless');
  }
  if (most === '0') {
    return warning(name, 'forbidden', 'sysctl user.max_user_namespaces=15000');
  }
  if (texts['/proc/sys/kernel/unprivileged_userns_clone']?.trim() === '0') {
    return warning(
      name,
      'for root only',
      'sysctl kernel.unprivileged_userns_clone=1, for rootless',
    );
  }
  return ok(name, `up to ${most}`);
}

function seccomp(texts: HostTexts): HostCheck {
  const actions = texts['/proc/sys/kernel/seccomp/actions_avail']?.trim();
  if (actions !== undefined) return ok('seccomp', actions);
  return error('seccomp', 'none', 'a kernel with CONFIG_SECCOMP_FILTER, or run unconfined');
}

const capSysResource = 1n << 24n;

/** Raising a limit above the caller's, and oom_score_adj below it, need it. */
function capabilities({ euid }: HostFacts, texts: HostTexts): HostCheck {
  const name = 'capabilities';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(texts['/proc/self/status'] ?? '')?.[1] ?? '0';
  if (euid !== 0) return ok(name, 'an ordinary user: rootless');
  if ((BigInt(`0x${effective}`) & capSysResource) !== 0n) return ok(name, effective);
  return warning(
    name,
    `${effective}, without CAP_SYS_RESOURCE`,
    'limits above those of this process cannot be given to a container',
  );
}

function overlay(texts: HostTexts): HostCheck {
  if (/^\s*(?:nodev)?\s*overlay$/m.test(texts['/proc/filesystems'] ?? '')) {
    return ok('overlay', 'in the kernel');
  }
  return warning('overlay', 'not loaded', 'modprobe overlay: images and containers need it');
}

function network(
  { euid }: HostFacts,
  texts: HostTexts,
  programs: Readonly<Record<string, string | undefined>>,
): HostCheck {
  const fix = [
    ...(programs.netavark ? [] : ['apt-get install netavark']),
    ...(programs.nft || programs.iptables ? [] : ['apt-get install nftables']),
    ...(euid !== 0 || texts['/proc/sys/net/ipv4/ip_forward']?.trim() === '1'
      ? []
      : ['sysctl net.ipv4.ip_forward=1']),
  ];
  const found = programs.netavark ?? 'no netavark';
  if (fix.length === 0) return ok('bridge network', found);
  return warning('bridge network', found, `${fix.join('; ')}: else containers have loopback only`);
}

function idMaps(
  { euid }: HostFacts,
  programs: Readonly<Record<string, string | undefined>>,
): HostCheck {
  const { newuidmap, newgidmap } = programs;
  if (newuidmap && newgidmap) return ok('id maps', newuidmap);
  if (euid === 0) return ok('id maps', 'root needs no helper');
  return warning('id maps', 'no newuidmap', 'apt-get install uidmap: else one id only is mapped');
}
