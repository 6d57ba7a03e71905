import type { DeviceNode } from '../../host/generated/plan.ts';
import { defaultMaskedPaths, defaultReadonlyPaths } from '../containers/host-config.ts';
import type { Container, HostConfig } from '../containers/record.ts';
import { goMap } from '../docker-json.ts';
import { invalidParameter } from '../engine-error.ts';
import { grantedCapabilities } from './capabilities.ts';
import { type HostDevices, specDevices } from './devices.ts';
import { containerEnvironment } from './environment.ts';
import type { ContainerMount } from './mount-list.ts';
import { defined, specResources } from './resources.ts';
import { customProfile } from './seccomp/custom-profile.ts';
import { defaultProfile, type SpecSeccomp } from './seccomp/default-profile.ts';
import { type SecurityOptions, securityOptions } from './security-options.ts';
import { initPath, rootfsPropagation, specMounts } from './spec-mounts.ts';
import type { SpecUser } from './users.ts';

/** What the host and the image say; read once before (spec-facts.ts). */
export interface SpecFacts {
  /** Linux release, `6.18.5`. */
  kernel: string;
  /** As Go calls it: `amd64`. */
  arch: string;
  /** Those that the kernel has and the engine may give away. */
  capabilities: readonly string[];
  apparmor: boolean;
  selinux: boolean;
  /** From the image's passwd and group. */
  user: SpecUser;
  devices: HostDevices;
  /** The node of each path of the host config's block IO limits. */
  blockDevices: Readonly<Record<string, DeviceNode>>;
}

/** Namespaces of others that the container joins: paths below /proc or of a bound nsfs file. */
export interface JoinedNamespaces {
  network?: string;
  pid?: string;
  ipc?: string;
}

export interface SpecInput {
  container: Container;
  /** The mounted overlay. */
  rootfs: string;
  /** containerMounts(…) with sources that exist. */
  mounts: readonly ContainerMount[];
  joined: JoinedNamespaces;
  facts: SpecFacts;
  /** Host path of the program for `--init`; required when the container asks for it. */
  init?: string;
  /** `hooks` of the config. */
  hooks?: object;
  /** Above the container's group; Docker's `/docker` unless the container has its own. */
  cgroupParent?: string;
}

const defaultCgroupParent = '/docker';

/** The OCI config as dockerd writes it: same keys, same order. Pure. */
export function containerSpec(input: SpecInput): object {
  const { container, rootfs, facts, hooks = {} } = input;
  const { config, hostConfig } = container;
  const security = securityOptions(hostConfig.SecurityOpt ?? []);
  const granted = grantedCapabilities(
    {
      add: hostConfig.CapAdd ?? [],
      drop: hostConfig.CapDrop ?? [],
      privileged: hostConfig.Privileged,
    },
    facts.capabilities,
  );
  const hasInit = wantsInit(hostConfig);
  if (hasInit && input.init === undefined) throw invalidParameter('no init program for --init');
  return defined({
    ociVersion: '1.0.2-dev',
    process: specProcess(input, security, granted, hasInit),
    root: defined({ path: rootfs, readonly: hostConfig.ReadonlyRootfs || undefined }),
    hostname: hostConfig.UTSMode === 'host' ? undefined : config.Config.Hostname,
    mounts: specMounts(input.mounts, {
      readonly: hostConfig.ReadonlyRootfs,
      privileged: hostConfig.Privileged,
      shmSize: hostConfig.ShmSize,
      noShm: hostConfig.IpcMode === 'none',
      ...(hasInit && input.init !== undefined && { init: input.init }),
    }),
    hooks,
    annotations:
      Object.keys(hostConfig.Annotations ?? {}).length > 0 ? hostConfig.Annotations : undefined,
    linux: specLinux(input, security, granted),
  });
}

/** Only in a process namespace of its own: elsewhere is an init already. */
export function wantsInit({ Init, PidMode }: HostConfig): boolean {
  return Init === true && PidMode === '';
}

function specProcess(
  { container: { config, hostConfig }, facts }: SpecInput,
  security: SecurityOptions,
  granted: string[],
  hasInit: boolean,
): object {
  const args = [config.Path, ...config.Args];
  return defined({
    terminal: config.Config.Tty || undefined,
    consoleSize:
      config.Config.Tty && hostConfig.ConsoleSize.some((side) => side > 0)
        ? { height: hostConfig.ConsoleSize[0], width: hostConfig.ConsoleSize[1] }
        : undefined,
    user: facts.user,
    args: hasInit ? [initPath, '--', ...args] : args,
    env: containerEnvironment(config.Config.Hostname, config.Config.Tty, config.Config.Env ?? []),
    cwd: config.Config.WorkingDir || '/',
    capabilities: specCapabilities(granted, facts.user.uid === 0),
    rlimits: hostConfig.Ulimits?.length
      ? hostConfig.Ulimits.map(({ Name, Hard, Soft }) => ({
          type: `RLIMIT_${Name.toUpperCase()}`,
          hard: rlimit(Hard),
          soft: rlimit(Soft),
        }))
      : undefined,
    noNewPrivileges: security.noNewPrivileges || undefined,
    apparmorProfile: apparmorProfile(security, hostConfig, facts),
    oomScoreAdj: hostConfig.OomScoreAdj,
  });
}

/** -1 is no limit. */
function rlimit(value: number): number | bigint {
  return value === -1 ? 0xffff_ffff_ffff_ffffn : value;
}

/** A user who is not root keeps none but for programs that give them. */
export function specCapabilities(granted: string[], root: boolean): object {
  if (granted.length === 0) return {};
  return root
    ? { bounding: granted, effective: granted, permitted: granted }
    : { bounding: granted };
}

/** Where the host has no AppArmor Docker ignores the option; a profile that cannot be had is refused here. */
function apparmorProfile(
  { apparmor }: SecurityOptions,
  { Privileged }: HostConfig,
  facts: SpecFacts,
): string | undefined {
  if (apparmor === undefined || apparmor === '') return undefined;
  if (facts.apparmor) return Privileged && apparmor === 'docker-default' ? 'unconfined' : apparmor;
  if (apparmor === 'unconfined') return undefined;
  throw invalidParameter(
    `AppArmor is not enabled on this host, profile "${apparmor}" cannot be used`,
  );
}

function specLinux(input: SpecInput, security: SecurityOptions, granted: string[]): object {
  const { container, facts, mounts, joined, cgroupParent = defaultCgroupParent } = input;
  const { config, hostConfig, id } = container;
  const { devices, rules } = specDevices(hostConfig, facts.devices);
  const nodeOf = (path: string) => {
    const node = Object.hasOwn(facts.blockDevices, path) ? facts.blockDevices[path] : undefined;
    if (node) return node;
    throw invalidParameter(`${path} is no device`);
  };
  const open = hostConfig.Privileged;
  return defined({
    sysctl: sysctls(config.Config.Domainname, hostConfig),
    resources: specResources(hostConfig, rules, nodeOf),
    cgroupsPath: cgroupPath(hostConfig.CgroupParent || cgroupParent, id),
    namespaces: namespaces(hostConfig, joined),
    devices: devices.length > 0 ? devices : undefined,
    seccomp: seccomp(security, hostConfig, facts, granted),
    rootfsPropagation: rootfsPropagation(mounts),
    maskedPaths: open ? undefined : (hostConfig.MaskedPaths ?? defaultMaskedPaths),
    readonlyPaths: open ? undefined : (hostConfig.ReadonlyPaths ?? defaultReadonlyPaths),
  });
}

/** Path of the container's group below each hierarchy. */
export function containerCgroup({ id, hostConfig }: Container): string {
  return cgroupPath(hostConfig.CgroupParent || defaultCgroupParent, id);
}

function cgroupPath(parent: string, id: string): string {
  return `/${parent.split('/').filter(Boolean).join('/')}/${id}`;
}

/** The user's over the defaults: ports and ping are open inside a network of the container's own. */
function sysctls(domainname: string, { NetworkMode, Sysctls = {} }: HostConfig) {
  const isPrivate = NetworkMode !== 'host' && !NetworkMode.startsWith('container:');
  const entries: [string, string][] = [
    ...(domainname ? [['kernel.domainname', domainname] as [string, string]] : []),
    ...(isPrivate
      ? ([
          ['net.ipv4.ip_unprivileged_port_start', '0'],
          ['net.ipv4.ping_group_range', '0 2147483647'],
        ] as [string, string][])
      : []),
    ...Object.entries(Sysctls),
  ];
  const all = Object.fromEntries(entries);
  return entries.length > 0 ? goMap(Object.entries(all)) : undefined;
}

function namespaces(host: HostConfig, joined: JoinedNamespaces): object[] {
  const own = (type: string, path: string | undefined) => (path ? [{ type, path }] : [{ type }]);
  return [
    { type: 'mount' },
    ...(host.NetworkMode === 'host' && !joined.network ? [] : own('network', joined.network)),
    ...(host.UTSMode === 'host' ? [] : own('uts', undefined)),
    ...(host.PidMode === 'host' ? [] : own('pid', joined.pid)),
    ...(host.IpcMode === 'host' ? [] : own('ipc', joined.ipc)),
    ...(host.CgroupnsMode === 'private' ? own('cgroup', undefined) : []),
  ];
}

function seccomp(
  { seccomp: profile }: SecurityOptions,
  { Privileged }: HostConfig,
  { arch, kernel }: SpecFacts,
  capabilities: string[],
): SpecSeccomp | undefined {
  if (Privileged || profile === 'unconfined') return undefined;
  const situation = { capabilities, arch, kernel };
  return profile === undefined || profile === '' || profile === 'builtin'
    ? defaultProfile(situation)
    : customProfile(profile, situation);
}
