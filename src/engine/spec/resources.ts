import type { HostConfig, ThrottleDevice } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';
import type { DeviceRule, SpecDevice } from './devices.ts';

/** `linux.resources` as moby writes it: shares, weight and disableOOMKiller always, the rest when set. */
export function specResources(
  host: HostConfig,
  rules: readonly DeviceRule[],
  nodeOf: (path: string) => Pick<SpecDevice, 'major' | 'minor'>,
): object {
  const throttle = (list: ThrottleDevice[] | null) =>
    list?.length
      ? list.map(({ Path, Rate }) => ({ ...numbers(nodeOf(Path)), rate: Rate }))
      : undefined;
  return defined({
    devices: rules,
    memory: memory(host),
    cpu: cpu(host),
    pids: pids(host),
    blockIO: defined({
      weight: host.BlkioWeight,
      weightDevice: host.BlkioWeightDevice?.length
        ? host.BlkioWeightDevice.map(({ Path, Weight }) => ({
            ...numbers(nodeOf(Path)),
            weight: Weight,
          }))
        : undefined,
      throttleReadBpsDevice: throttle(host.BlkioDeviceReadBps),
      throttleWriteBpsDevice: throttle(host.BlkioDeviceWriteBps),
      throttleReadIOPSDevice: throttle(host.BlkioDeviceReadIOps),
      throttleWriteIOPSDevice: throttle(host.BlkioDeviceWriteIOps),
    }),
  });
}

function memory(host: HostConfig): object {
  return defined({
    limit: positive(host.Memory),
    reservation: positive(host.MemoryReservation),
    swap: host.MemorySwap === -1 ? -1 : positive(host.MemorySwap),
    kernel: host.KernelMemory || undefined,
    kernelTCP: host.KernelMemoryTCP || undefined,
    swappiness: host.MemorySwappiness ?? undefined,
    disableOOMKiller: host.OomKillDisable ?? undefined,
  });
}

/** The quota of `--cpus` is per 100 ms. */
const cpuPeriod = 100_000;

function cpu(host: HostConfig): object {
  if (host.CpuShares < 0) throw invalidParameter('shares: invalid argument');
  const nano = host.NanoCpus > 0;
  return defined({
    shares: host.CpuShares,
    quota: nano ? Math.floor((host.NanoCpus * cpuPeriod) / 1e9) : host.CpuQuota || undefined,
    period: nano ? cpuPeriod : host.CpuPeriod || undefined,
    realtimeRuntime: host.CpuRealtimeRuntime || undefined,
    realtimePeriod: host.CpuRealtimePeriod || undefined,
    cpus: host.CpusetCpus || undefined,
    mems: host.CpusetMems || undefined,
  });
}

function pids({ PidsLimit }: HostConfig): object | undefined {
  return PidsLimit ? { limit: PidsLimit } : undefined;
}

function positive(value: number): number | undefined {
  return value > 0 ? value : undefined;
}

function numbers({ major, minor }: Pick<SpecDevice, 'major' | 'minor'>) {
  return { major, minor };
}

/** Without the keys that are undefined. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
