import { inOrder } from './in-order.ts';
import type { HostConfig } from './record.ts';

/** `RestartPolicy.Name` of none is `no` in a record of docker's command line. */
export const defaultShmSize = 64 * 1024 * 1024;

export const defaultMaskedPaths: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
];

export const defaultReadonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** All keys in moby's order with the values of `docker create` without flags. */
export function emptyHostConfig(): HostConfig {
  return {
    Binds: null,
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: {} },
    NetworkMode: 'default',
    PortBindings: {},
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: false,
    VolumeDriver: '',
    VolumesFrom: null,
    CapAdd: null,
    CapDrop: null,
    CgroupnsMode: 'host',
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    IpcMode: 'private',
    Cgroup: '',
    Links: null,
    OomScoreAdj: 0,
    PidMode: '',
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: '',
    UsernsMode: '',
    ShmSize: defaultShmSize,
    Runtime: 'runc',
    ConsoleSize: [0, 0],
    Isolation: '',
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: '',
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    BlkioDeviceWriteBps: [],
    BlkioDeviceReadIOps: [],
    BlkioDeviceWriteIOps: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: '',
    CpusetMems: '',
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    KernelMemory: 0,
    KernelMemoryTCP: 0,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: null,
    OomKillDisable: false,
    PidsLimit: null,
    Ulimits: [],
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    MaskedPaths: [...defaultMaskedPaths],
    ReadonlyPaths: [...defaultReadonlyPaths],
  };
}

/** moby's order of keys; those that it leaves out when unset have their place too. */
const order: readonly (keyof HostConfig)[] = (() => {
  const keys = Object.keys(emptyHostConfig()) as (keyof HostConfig)[];
  const after = (key: keyof HostConfig, ...added: (keyof HostConfig)[]) =>
    keys.splice(keys.indexOf(key) + 1, 0, ...added);
  after('SecurityOpt', 'StorageOpt', 'Tmpfs');
  after('ShmSize', 'Sysctls');
  after('ConsoleSize', 'Annotations');
  after('IOMaximumBandwidth', 'Mounts');
  after('ReadonlyPaths', 'Init');
  return keys;
})();

const omitted: readonly (keyof HostConfig)[] = ['StorageOpt', 'Tmpfs', 'Sysctls', 'Annotations'];

/** The same with its keys in moby's order, empty maps left out where moby does; unknown keys come last. */
export function orderedHostConfig(config: HostConfig): HostConfig {
  const left = omitted.filter((key) => !Object.keys(config[key] ?? {}).length);
  return inOrder(config, order, new Set(left));
}
