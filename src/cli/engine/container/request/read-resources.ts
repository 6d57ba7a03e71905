import type { HostConfig } from '../../../../engine/containers/record.ts';
import { parseSize } from '../../../sizes.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import type { ContainerFlagValues } from './create-request.ts';
import { type FlagReader, readInteger } from './flag-reader.ts';
import {
  readByteRate,
  readDevice,
  readDeviceRule,
  readOperationRate,
  readWeightDevice,
} from './read-devices.ts';
import { readUlimit, ulimitList } from './read-ulimit.ts';

type Resources = Pick<
  HostConfig,
  | 'BlkioDeviceReadBps'
  | 'BlkioDeviceReadIOps'
  | 'BlkioDeviceWriteBps'
  | 'BlkioDeviceWriteIOps'
  | 'BlkioWeight'
  | 'BlkioWeightDevice'
  | 'CgroupParent'
  | 'CpuPeriod'
  | 'CpuQuota'
  | 'CpuRealtimePeriod'
  | 'CpuRealtimeRuntime'
  | 'CpuShares'
  | 'CpusetCpus'
  | 'CpusetMems'
  | 'DeviceCgroupRules'
  | 'Devices'
  | 'KernelMemory'
  | 'Memory'
  | 'MemoryReservation'
  | 'MemorySwap'
  | 'MemorySwappiness'
  | 'NanoCpus'
  | 'OomKillDisable'
  | 'PidsLimit'
  | 'ShmSize'
  | 'Ulimits'
>;

/** Flags that limit, and devices. */
export function readResources(flags: ContainerFlagValues, reader: FlagReader): Resources {
  const size = (flag: 'memory' | 'memory-reservation' | 'kernel-memory' | 'shm-size') =>
    flags[flag] === undefined ? 0 : reader.value(flag, flags[flag], readSize);
  const swap = flags['memory-swap'];
  return {
    CpuShares: flags['cpu-shares'] ?? 0,
    Memory: size('memory'),
    NanoCpus: flags.cpus === undefined ? 0 : reader.value('cpus', flags.cpus, readCpus),
    CgroupParent: flags['cgroup-parent'] ?? '',
    BlkioWeight:
      flags['blkio-weight'] === undefined
        ? 0
        : reader.value('blkio-weight', flags['blkio-weight'], readWeight),
    BlkioWeightDevice: reader.list(
      'blkio-weight-device',
      flags['blkio-weight-device'],
      readWeightDevice,
    ),
    BlkioDeviceReadBps: reader.list('device-read-bps', flags['device-read-bps'], readByteRate),
    BlkioDeviceWriteBps: reader.list('device-write-bps', flags['device-write-bps'], readByteRate),
    BlkioDeviceReadIOps: reader.list(
      'device-read-iops',
      flags['device-read-iops'],
      readOperationRate,
    ),
    BlkioDeviceWriteIOps: reader.list(
      'device-write-iops',
      flags['device-write-iops'],
      readOperationRate,
    ),
    CpuPeriod: flags['cpu-period'] ?? 0,
    CpuQuota: flags['cpu-quota'] ?? 0,
    CpuRealtimePeriod: flags['cpu-rt-period'] ?? 0,
    CpuRealtimeRuntime: flags['cpu-rt-runtime'] ?? 0,
    CpusetCpus: flags['cpuset-cpus'] ?? '',
    CpusetMems: flags['cpuset-mems'] ?? '',
    Devices: flags.device.map(readDevice),
    DeviceCgroupRules: rules(
      reader.list('device-cgroup-rule', flags['device-cgroup-rule'], readDeviceRule),
    ),
    KernelMemory: size('kernel-memory'),
    MemoryReservation: size('memory-reservation'),
    MemorySwap: swap === undefined ? 0 : reader.value('memory-swap', swap, readSwap),
    MemorySwappiness: swappiness(Number(flags['memory-swappiness'])),
    OomKillDisable: flags['oom-kill-disable'],
    PidsLimit: (flags['pids-limit'] ?? 0) > 0 ? (flags['pids-limit'] ?? null) : null,
    ShmSize: size('shm-size'),
    Ulimits: ulimitList(reader.list('ulimit', flags.ulimit, readUlimit)),
  };
}

function rules(list: string[]): string[] | null {
  return list.length > 0 ? list : null;
}

const maxSize = 2n ** 63n - 1n;

function readSize(text: string): number {
  let size: number | bigint;
  try {
    size = parseSize(text);
  } catch (error) {
    throw new FlagFault((error as Error).message);
  }
  // docker lets it overflow and then finds it too small.
  if (size > maxSize) throw new FlagFault(`invalid size: '${text}'`);
  return Number(size);
}

function readSwap(text: string): number {
  return text === '-1' ? -1 : readSize(text);
}

function readWeight(text: string): number {
  return readInteger(text, { signed: false, bits: 16 });
}

/** A decimal number, `1e2`, or a fraction, in billionths. */
function readCpus(text: string): number {
  const number = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?(?:\/(\d+))?$/.exec(text);
  const [, sign, whole = '', part = '', exponent = '0', divisor = '1'] = number ?? [];
  if (!number || whole + part === '' || Number(divisor) === 0) {
    throw new FlagFault(`failed to parse ${text} as a rational number`);
  }
  const shift = 9 + Number(exponent) - part.length;
  const digits = BigInt(whole + part) * 10n ** BigInt(Math.max(shift, 0));
  const below = BigInt(divisor) * 10n ** BigInt(Math.max(-shift, 0));
  if (digits % below !== 0n) throw new FlagFault('value is too precise');
  return Number(digits / below) * (sign === '-' ? -1 : 1);
}

/** -1, the default, is the kernel's own. */
function swappiness(value: number): number | null {
  if (value === -1) return null;
  if (value >= 0 && value <= 100) return value;
  throw new FlagFault(`invalid value: ${value}. Valid memory swappiness range is 0-100`);
}
