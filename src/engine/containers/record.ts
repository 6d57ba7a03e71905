/** config.v2.json and hostconfig.json of moby 20.10, keys in its order (../docker-layout). */
import { zeroTime } from '../rfc3339.ts';

export type GoMap<T> = Record<string, T>;

/** Keys that moby leaves out when unset are optional. */
export interface ContainerState {
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  RemovalInProgress: boolean;
  Dead: boolean;
  /** Host pid of the container's first process; 0 when there is none. */
  Pid: number;
  ExitCode: number;
  Error: string;
  /** RFC 3339 with nanoseconds. */
  StartedAt: string;
  FinishedAt: string;
  Health: HealthState | null;
}

export interface HealthState {
  Status: '' | 'none' | 'starting' | 'healthy' | 'unhealthy';
  FailingStreak: number;
  Log: ProbeResult[] | null;
}

export interface ProbeResult {
  /** RFC 3339 with nanoseconds. */
  Start: string;
  End: string;
  ExitCode: number;
  Output: string;
}

/** Durations are nanoseconds, absent or 0 for the default. */
export interface HealthConfig {
  /** `["CMD", …]`, `["CMD-SHELL", line]`, `["NONE"]`. */
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  /** Of later Docker versions. */
  StartInterval?: number;
  Retries?: number;
}

export interface RestartPolicy {
  Name: string;
  MaximumRetryCount: number;
}

export interface ContainerConfig {
  Hostname: string;
  Domainname: string;
  User: string;
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  ExposedPorts?: GoMap<object>;
  Tty: boolean;
  OpenStdin: boolean;
  StdinOnce: boolean;
  Env: string[] | null;
  Cmd: string[] | null;
  Healthcheck?: HealthConfig;
  ArgsEscaped?: boolean;
  Image: string;
  Volumes: GoMap<object> | null;
  WorkingDir: string;
  Entrypoint: string[] | null;
  NetworkDisabled?: boolean;
  MacAddress?: string;
  OnBuild: string[] | null;
  Labels: GoMap<string> | null;
  StopSignal?: string;
  StopTimeout?: number;
  Shell?: string[];
}

export interface EndpointSettings {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] } | null;
  Links: string[] | null;
  Aliases: string[] | null;
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  MacAddress: string;
  DriverOpts: GoMap<string> | null;
  IPAMOperational: boolean;
}

export interface PortBinding {
  HostIp: string;
  HostPort: string;
}

export interface NetworkSettings {
  Bridge: string;
  SandboxID: string;
  HairpinMode: boolean;
  LinkLocalIPv6Address: string;
  LinkLocalIPv6PrefixLen: number;
  Networks: GoMap<EndpointSettings> | null;
  Service: null;
  Ports: GoMap<PortBinding[] | null> | null;
  SandboxKey: string;
  SecondaryIPAddresses: null;
  SecondaryIPv6Addresses: null;
  IsAnonymousEndpoint: boolean;
  HasSwarmEndpoint: boolean;
}

/** A volume or bind of the container, under its destination. */
export interface MountPoint {
  /** On the host; of a named volume empty until it is mounted. */
  Source: string;
  Destination: string;
  RW: boolean;
  Name: string;
  Driver: string;
  Type: string;
  Mode?: string;
  Relabel?: string;
  Propagation?: string;
  Named?: boolean;
  Spec?: MountSpec;
  SkipMountpointCreation: boolean;
  [other: string]: unknown;
}

/** `Mounts` of hostconfig.json: what `--mount` says. */
export interface MountSpec {
  Type?: string;
  Source?: string;
  Target?: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: { Propagation?: string; NonRecursive?: boolean };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: GoMap<string>;
    DriverConfig?: { Name?: string; Options?: GoMap<string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

/** config.v2.json. */
export interface ContainerFile {
  StreamConfig: object;
  State: ContainerState;
  ID: string;
  Created: string;
  Managed: boolean;
  Path: string;
  Args: string[];
  Config: ContainerConfig;
  Image: string;
  NetworkSettings: NetworkSettings;
  LogPath: string;
  /** With its leading slash. */
  Name: string;
  Driver: string;
  OS: string;
  MountLabel: string;
  ProcessLabel: string;
  RestartCount: number;
  HasBeenStartedBefore: boolean;
  HasBeenManuallyStopped: boolean;
  MountPoints: GoMap<MountPoint>;
  SecretReferences: null;
  ConfigReferences: null;
  AppArmorProfile: string;
  HostnamePath: string;
  HostsPath: string;
  ShmPath: string;
  ResolvConfPath: string;
  SeccompProfile: string;
  NoNewPrivileges: boolean;
  LocalLogCacheMeta: { HaveNotifyEnabled: boolean };
}

export interface ThrottleDevice {
  Path: string;
  Rate: number | bigint;
}

export interface Ulimit {
  Name: string;
  Hard: number;
  Soft: number;
}

export interface DeviceMapping {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
}

/** hostconfig.json. */
export interface HostConfig {
  Binds: string[] | null;
  ContainerIDFile: string;
  LogConfig: { Type: string; Config: GoMap<string> | null };
  NetworkMode: string;
  PortBindings: GoMap<PortBinding[]> | null;
  RestartPolicy: RestartPolicy;
  AutoRemove: boolean;
  VolumeDriver: string;
  VolumesFrom: string[] | null;
  CapAdd: string[] | null;
  CapDrop: string[] | null;
  CgroupnsMode: string;
  Dns: string[] | null;
  DnsOptions: string[] | null;
  DnsSearch: string[] | null;
  ExtraHosts: string[] | null;
  GroupAdd: string[] | null;
  IpcMode: string;
  Cgroup: string;
  Links: string[] | null;
  OomScoreAdj: number;
  PidMode: string;
  Privileged: boolean;
  PublishAllPorts: boolean;
  ReadonlyRootfs: boolean;
  SecurityOpt: string[] | null;
  StorageOpt?: GoMap<string>;
  Tmpfs?: GoMap<string>;
  UTSMode: string;
  UsernsMode: string;
  ShmSize: number;
  Sysctls?: GoMap<string>;
  Runtime?: string;
  ConsoleSize: [number, number];
  /** Of later Docker versions; 20.10 ignores it. */
  Annotations?: GoMap<string>;
  Isolation: string;
  CpuShares: number;
  Memory: number;
  NanoCpus: number;
  CgroupParent: string;
  BlkioWeight: number;
  BlkioWeightDevice: { Path: string; Weight: number }[] | null;
  BlkioDeviceReadBps: ThrottleDevice[] | null;
  BlkioDeviceWriteBps: ThrottleDevice[] | null;
  BlkioDeviceReadIOps: ThrottleDevice[] | null;
  BlkioDeviceWriteIOps: ThrottleDevice[] | null;
  CpuPeriod: number;
  CpuQuota: number;
  CpuRealtimePeriod: number;
  CpuRealtimeRuntime: number;
  CpusetCpus: string;
  CpusetMems: string;
  Devices: DeviceMapping[] | null;
  DeviceCgroupRules: string[] | null;
  DeviceRequests: object[] | null;
  KernelMemory: number;
  KernelMemoryTCP: number;
  MemoryReservation: number;
  MemorySwap: number;
  MemorySwappiness: number | null;
  OomKillDisable: boolean | null;
  PidsLimit: number | null;
  Ulimits: Ulimit[] | null;
  CpuCount: number;
  CpuPercent: number;
  IOMaximumIOps: number;
  IOMaximumBandwidth: number;
  Mounts?: MountSpec[];
  MaskedPaths: string[] | null;
  ReadonlyPaths: string[] | null;
  Init?: boolean;
}

/** A container's two records; keys that are not ours are kept as they were read. */
export interface Container {
  readonly id: string;
  config: ContainerFile;
  hostConfig: HostConfig;
}

export function createdState(): ContainerState {
  return {
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    RemovalInProgress: false,
    Dead: false,
    Pid: 0,
    ExitCode: 0,
    Error: '',
    StartedAt: zeroTime,
    FinishedAt: zeroTime,
    Health: null,
  };
}

export function emptyConfig(): ContainerConfig {
  return {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: '',
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: null,
  };
}

export function emptyNetworkSettings(): NetworkSettings {
  return {
    Bridge: '',
    SandboxID: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Networks: null,
    Service: null,
    Ports: null,
    SandboxKey: '',
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    IsAnonymousEndpoint: false,
    HasSwarmEndpoint: false,
  };
}

/** What Docker writes of a network that the container is not connected to yet. */
export function emptyEndpoint(): EndpointSettings {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: '',
    DriverOpts: null,
    IPAMOperational: false,
  };
}

export function emptyContainer(id: string): ContainerFile {
  return {
    StreamConfig: {},
    State: createdState(),
    ID: id,
    Created: zeroTime,
    Managed: false,
    Path: '',
    Args: [],
    Config: emptyConfig(),
    Image: '',
    NetworkSettings: emptyNetworkSettings(),
    LogPath: '',
    Name: '',
    Driver: 'overlay2',
    OS: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    RestartCount: 0,
    HasBeenStartedBefore: false,
    HasBeenManuallyStopped: false,
    MountPoints: {},
    SecretReferences: null,
    ConfigReferences: null,
    AppArmorProfile: '',
    HostnamePath: '',
    HostsPath: '',
    ShmPath: '',
    ResolvConfPath: '',
    SeccompProfile: '',
    NoNewPrivileges: false,
    LocalLogCacheMeta: { HaveNotifyEnabled: false },
  };
}
